package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"gatehouse/domain"
)

// A Route is one door: four values, so a door without a privilege does not compile.
// The privilege answers "may this actor use this door at all?", and is asked nowhere else.
type Route struct {
	Method string
	Path   string
	May    domain.Privilege
	Do     func(*request) error
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// Addresses that many doors begin with.
const (
	settings = "/accounts/:account/settings"
	users    = settings + "/users"
	invites  = settings + "/invites"
	roles    = settings + "/roles"
	activity = settings + "/activity"
	sites    = "/accounts/:account/sites"
	devices  = sites + "/:site/devices"
	groups   = sites + "/:site/groups"
	device   = "/accounts/:account/devices/:device"
	guests   = settings + "/guests"
	admins   = "/accounts/:account/administrators"
	credits  = "/accounts/:account/credits"
)

// routes lists every door. It feeds the router, `gatehouse routes`, the golden matrix and the crawl.
func (s *Server) routes() []Route {
	doors := []Route{
		{get, "/", domain.Anyone, s.home},
		{get, "/healthz", domain.Anyone, s.healthz},
		{get, "/readyz", domain.Anyone, s.readyz},
		{get, "/static/*", domain.Anyone, s.asset},
		{get, "/help", domain.Anyone, s.help},

		{get, "/sign-in", domain.Anyone, s.newSession},
		{post, "/sign-in", domain.Anyone, s.createSession},
		{get, secondFactorPath, domain.Anyone, s.newSecondFactor},
		{post, secondFactorPath, domain.Anyone, s.passSecondFactor},
		{get, passkeySignInPath, domain.Anyone, s.newPasskeySignIn},
		{post, passkeySignInPath, domain.Anyone, s.createPasskeySignIn},
		{post, "/sign-out", domain.Anyone, s.endSession},
		{get, "/forgot", domain.Anyone, s.newReset},
		{post, "/forgot", domain.Anyone, s.createReset},
		{get, "/forgot/sent", domain.Anyone, s.resetSent},
		{get, "/reset/:token", domain.Anyone, s.newPassword},
		{post, "/reset/:token", domain.Anyone, s.setPassword},
		{get, "/not-me/:token", domain.Anyone, s.showOwnSignIn},
		{post, "/not-me/:token", domain.Anyone, s.disownSignIn},
		{get, "/address/:token", domain.Anyone, s.showEmailChange},
		{post, "/address/:token", domain.Anyone, s.confirmEmail},
		{get, "/address-stop/:token", domain.Anyone, s.showEmailStop},
		{post, "/address-stop/:token", domain.Anyone, s.stopEmail},
		{get, "/set-up/:token", domain.Anyone, s.newSetup},
		{post, "/set-up/:token", domain.Anyone, s.createSetup},
		{get, "/invites/:token", domain.Anyone, s.showInvite},
		{post, "/invites/:token", domain.Anyone, s.acceptInvite},
		{post, "/invites/:token/requests", domain.Anyone, s.requestInvite},
		{get, "/invites/requested", domain.Anyone, s.inviteRequested},
		{get, "/profile", domain.SignedIn, s.showProfile},
		{post, "/profile", domain.SignedIn, s.changeProfile},
		{get, "/profile/password", domain.SignedIn, s.editPassword},
		{post, "/profile/password", domain.SignedIn, s.changePassword},
		{post, "/profile/notifications", domain.SignedIn, s.lowerNotifications},
		{post, "/profile/sessions/endings", domain.SignedIn, s.endOwnSessions},
		{get, "/profile/email", domain.SignedIn, s.proven(s.editEmail)},
		{post, "/profile/email", domain.SignedIn, s.proven(s.askEmail)},
		{get, passkeysPath + "/new", domain.SignedIn, s.proven(s.newPasskey)},
		{post, passkeysPath, domain.SignedIn, s.proven(s.createPasskey)},
		{get, passkeysPath + "/:passkey/removals/new", domain.SignedIn, s.proven(s.newPasskeyRemoval)},
		{post, passkeysPath + "/:passkey/removals", domain.SignedIn, s.proven(s.removePasskey)},
		{get, proofsPath + "/new", domain.SignedIn, s.newProof},
		{post, proofsPath, domain.SignedIn, s.createProof},
		{get, appPath, domain.SignedIn, s.proven(s.newApp)},
		{post, appPath, domain.SignedIn, s.proven(s.startApp)},
		{post, appPath + "/confirmations", domain.SignedIn, s.proven(s.confirmApp)},
		{get, appPath + "/removals/new", domain.SignedIn, s.proven(s.newAppRemoval)},
		{post, appPath + "/removals", domain.SignedIn, s.proven(s.removeApp)},
		{get, "/profile/recovery-codes/new", domain.SignedIn, s.proven(s.newCodes)},
		{post, "/profile/recovery-codes", domain.SignedIn, s.proven(s.renewCodes)},

		{get, "/companies", domain.SignedIn, s.listCompanies},
		{post, "/companies/returns", domain.SignedIn, s.proven(s.returnHome)},
		{get, "/companies/:company", domain.SignedIn, s.showInvitation},
		{post, "/companies/:company/acceptances", domain.SignedIn, s.answerCompany(true)},
		{post, "/companies/:company/declines", domain.SignedIn, s.answerCompany(false)},
		{post, "/companies/:company/visits", domain.SignedIn, s.enterCompany},
		{get, "/companies/:company/leavings/new", domain.SignedIn, s.newLeaving},
		{post, "/companies/:company/leavings", domain.SignedIn, s.leaveCompany},

		{get, "/accounts/:account", domain.Enter, s.showAccount},
		{get, sites, domain.ViewSites, s.listSites},
		{post, sites, domain.EditSites, s.createSite},
		{get, sites + "/new", domain.EditSites, s.newSite},
		{get, sites + "/:site", domain.ViewSites, s.showSite},
		{post, sites + "/:site", domain.EditSites, s.saveSite},
		{get, sites + "/:site/edit", domain.EditSites, s.editSite},
		{get, sites + "/:site/removals/new", domain.EditSites, s.newSiteRemoval},
		{post, sites + "/:site/removals", domain.EditSites, s.removeSite},

		{get, groups, domain.ViewDevices, s.listGroups},
		{post, groups, domain.ConfigureDevices, s.createGroup},
		{get, groups + "/new", domain.ConfigureDevices, s.newGroup},
		{get, groups + "/:group/edit", domain.ConfigureDevices, s.editGroup},
		{post, groups + "/:group", domain.ConfigureDevices, s.saveGroup},
		{get, groups + "/:group/removals/new", domain.ConfigureDevices, s.newGroupRemoval},
		{post, groups + "/:group/removals", domain.ConfigureDevices, s.removeGroup},

		{get, sites + "/:site/devices.csv", domain.ExportDevices, s.exportDevices},
		{post, devices, domain.Deploy, s.createDevice},
		{get, devices + "/new", domain.Deploy, s.newDevice},
		{get, devices + "/batches/new", domain.Deploy, s.newBatch},
		{post, devices + "/batches", domain.Deploy, s.createBatch},
		{get, devices + "/outcome", domain.Deploy, s.showDevicesOutcome},
		{get, devices + "/moves/new", domain.Deploy, s.newDeviceAct(moveDevices)},
		{post, devices + "/moves", domain.Deploy, s.doDeviceAct(moveDevices)},
		{get, devices + "/removals/new", domain.Deploy, s.newDeviceAct(removeDevices)},
		{post, devices + "/removals", domain.Deploy, s.doDeviceAct(removeDevices)},
		{get, devices + "/imports/new", domain.Deploy, s.newImport(deviceFiles)},
		{get, devices + "/imports/template.csv", domain.Deploy, s.importTemplate(deviceFiles)},
		{post, devices + "/imports", domain.Deploy, s.createImport(deviceFiles)},
		{get, devices + "/imports/:file", domain.Deploy, s.showImport(deviceFiles)},
		{get, devices + "/imports/:file/progress", domain.Deploy, s.showImportProgress(deviceFiles)},
		{post, devices + "/imports/:file/confirmations", domain.Deploy, s.confirmImport(deviceFiles)},
		{post, devices + "/imports/:file/discards", domain.Deploy, s.discardImport(deviceFiles)},
		{get, device, domain.ViewDevices, s.showDevice},
		{post, device, domain.ConfigureDevices, s.saveDevice},
		{get, device + "/access", domain.ExplainUsers, s.explainDevice},
		{post, device + "/reports", domain.Deploy, s.reportDevice},
		{get, device + "/replacements/new", domain.Deploy, s.newReplacement},
		{post, device + "/replacements", domain.Deploy, s.createReplacement},

		{get, settings, domain.ViewUsers, s.openSettings},
		{get, users, domain.ViewUsers, s.listUsers},
		{get, users + ".csv", domain.ExportUsers, s.exportUsers},
		{get, users + "/:user", domain.ViewUsers, s.showUser},
		{post, users + "/:user", domain.EditUsers, s.saveUser},
		{get, users + "/:user/access", domain.ExplainUsers, s.explainUser},
		{post, users + "/:user/sessions/endings", domain.EditUsers, s.endUserSession},
		{get, users + "/outcome", domain.ViewUsers, s.showOutcome(userList)},
		{get, users + "/roles/new", domain.EditUsers, s.newAct(changeRoles)},
		{post, users + "/roles", domain.EditUsers, s.doAct(changeRoles)},
		{get, users + "/scopes/new", domain.EditUsers, s.newAct(changeScopes)},
		{post, users + "/scopes", domain.EditUsers, s.doAct(changeScopes)},
		{get, users + "/notifications/new", domain.EditUsers, s.newAct(setNotifications)},
		{post, users + "/notifications", domain.EditUsers, s.doAct(setNotifications)},
		{get, users + "/ends/new", domain.EditUsers, s.newAct(setEnds)},
		{post, users + "/ends", domain.EditUsers, s.doAct(setEnds)},
		{get, users + "/suspensions/new", domain.EditUsers, s.newAct(suspendUsers)},
		{post, users + "/suspensions", domain.EditUsers, s.doAct(suspendUsers)},
		{get, users + "/resumptions/new", domain.EditUsers, s.newAct(resumeUsers)},
		{post, users + "/resumptions", domain.EditUsers, s.doAct(resumeUsers)},
		{get, users + "/sign-outs/new", domain.EditUsers, s.newAct(endSessions)},
		{post, users + "/sign-outs", domain.EditUsers, s.doAct(endSessions)},
		{get, users + "/factor-resets/new", domain.EditUsers, s.proven(s.newAct(resetFactors))},
		{post, users + "/factor-resets", domain.EditUsers, s.proven(s.doAct(resetFactors))},
		{get, users + "/removals/new", domain.EditUsers, s.newAct(removeUsers)},
		{post, users + "/removals", domain.EditUsers, s.doAct(removeUsers)},

		{get, settings + "/security", domain.ViewSecurity, s.showSecurity},
		{post, settings + "/security", domain.EditSecurity, s.proven(s.saveSecurity)},
		{get, settings + "/security/domains/new", domain.EditSecurity, s.newDomains},
		{post, settings + "/security/domains", domain.EditSecurity, s.proven(s.setDomains)},
		{post, settings + "/security/confirmations", domain.EditSecurity, s.proven(s.confirmTrial)},
		{post, settings + "/security/reversions", domain.EditSecurity, s.proven(s.takeBackTrial)},
		{post, settings + "/security/support", domain.EditSecurity, s.proven(s.grantSupport)},
		{post, settings + "/security/support/:grant/allowances", domain.EditSecurity, s.proven(s.answerSupport(true))},
		{post, settings + "/security/support/:grant/refusals", domain.EditSecurity, s.answerSupport(false)},
		{post, settings + "/security/support/:grant/extensions", domain.EditSecurity, s.proven(s.extendSupport)},
		{post, settings + "/security/support/:grant/endings", domain.EditSecurity, s.endSupport},

		{get, roles, domain.ViewRoles, s.listRoles},
		{post, roles, domain.EditRoles, s.createRole},
		{get, roles + "/new", domain.EditRoles, s.newRole},
		{get, roles + "/:role", domain.EditRoles, s.editRole},
		{post, roles + "/:role", domain.EditRoles, s.saveRole},
		{get, roles + "/:role/deletions/new", domain.EditRoles, s.newRoleDeletion},
		{post, roles + "/:role/deletions", domain.EditRoles, s.deleteRole},

		{get, guests, domain.ViewGuests, s.listGuests},
		{get, guests + ".csv", domain.ViewGuests, s.exportGuests},
		{get, guests + "/outcome", domain.ViewGuests, s.showOutcome(guestList)},
		{get, guests + "/groups", domain.EditGuests, s.findGuestGroups},
		{get, guests + "/new", domain.EditGuests, s.newGuest},
		{post, guests, domain.EditGuests, s.createGuest},
		{get, guests + "/activations/new", domain.EditGuests, s.newAct(activateGuests)},
		{post, guests + "/activations", domain.EditGuests, s.doAct(activateGuests)},
		{get, guests + "/deactivations/new", domain.EditGuests, s.newAct(deactivateGuests)},
		{post, guests + "/deactivations", domain.EditGuests, s.doAct(deactivateGuests)},
		{get, guests + "/sendings/new", domain.EditGuests, s.newAct(sendGuests)},
		{post, guests + "/sendings", domain.EditGuests, s.doAct(sendGuests)},
		{get, guests + "/revocations/new", domain.EditGuests, s.newAct(revokeGuests)},
		{post, guests + "/revocations", domain.EditGuests, s.doAct(revokeGuests)},
		{get, guests + "/ends/new", domain.EditGuests, s.newAct(endGuests)},
		{post, guests + "/ends", domain.EditGuests, s.doAct(endGuests)},
		{get, guests + "/removals/new", domain.EditGuests, s.newAct(removeGuests)},
		{post, guests + "/removals", domain.EditGuests, s.doAct(removeGuests)},
		{get, guests + "/:guest", domain.ViewGuests, s.showGuest},
		{get, guests + "/:guest/access", domain.ExplainGuests, s.explainGuest},
		{get, guests + "/:guest/edit", domain.EditGuests, s.editGuest},
		{post, guests + "/:guest", domain.EditGuests, s.saveGuest},

		{get, companies, domain.ViewAccounts, s.listAccounts},
		{get, companies + ".csv", domain.ViewAccounts, s.exportAccounts},
		{get, companies + "/new", domain.SetUpAccounts, s.newAccount},
		{post, companies, domain.SetUpAccounts, s.createAccount},
		{get, client, domain.ViewAccounts, s.showClient},
		{get, client + "/admins/new", domain.SetUpAccounts, s.newFirstAdmin},
		{post, client + "/admins", domain.SetUpAccounts, s.createFirstAdmin},
		{post, client + "/admins/:offer/links", domain.SetUpAccounts, s.copyClientLink},
		{get, client + "/sites/new", domain.SetUpAccounts, s.newClientSite},
		{post, client + "/sites", domain.SetUpAccounts, s.createClientSite},
		{get, client + "/suspensions/new", domain.SuspendAccounts, s.newSuspension},
		{post, client + "/suspensions", domain.SuspendAccounts, s.suspendAccount},
		{get, client + "/resumptions/new", domain.SuspendAccounts, s.newResumption},
		{post, client + "/resumptions", domain.SuspendAccounts, s.resumeAccount},
		{get, client + "/colleagues/new", domain.InviteColleagues, s.newColleague},
		{post, client + "/colleagues", domain.InviteColleagues, s.inviteColleague},
		{post, client + "/colleagues/:offer/links", domain.InviteColleagues, s.copyClientLink},

		{get, settings + "/sites", domain.ViewSites, s.pickSites},
		{get, settings + "/nodes", domain.ViewSites, s.findNodes},
		{get, invites, domain.ViewInvites, s.listInvites},
		{get, invites + ".csv", domain.ExportInvites, s.exportInvites},
		{get, invites + "/new", domain.CreateInvites, s.newInvite},
		{post, invites, domain.CreateInvites, s.createInvite},
		{get, invites + "/outcome", domain.ViewInvites, s.showOutcome(inviteList)},
		{get, invites + "/sendings/new", domain.ResendInvites, s.newAct(sendInvites)},
		{post, invites + "/sendings", domain.ResendInvites, s.doAct(sendInvites)},
		{get, invites + "/revocations/new", domain.RevokeInvites, s.newAct(revokeInvites)},
		{post, invites + "/revocations", domain.RevokeInvites, s.doAct(revokeInvites)},
		{get, invites + "/imports/new", domain.CreateInvites, s.newImport(inviteFiles)},
		{get, invites + "/imports/template.csv", domain.CreateInvites, s.importTemplate(inviteFiles)},
		{post, invites + "/imports", domain.CreateInvites, s.createImport(inviteFiles)},
		{get, invites + "/imports/:import", domain.CreateInvites, s.showImport(inviteFiles)},
		{get, invites + "/imports/:import/progress", domain.CreateInvites, s.showImportProgress(inviteFiles)},
		{post, invites + "/imports/:import/confirmations", domain.CreateInvites, s.confirmImport(inviteFiles)},
		{post, invites + "/imports/:import/discards", domain.CreateInvites, s.discardImport(inviteFiles)},
		{get, invites + "/:invite", domain.ViewInvites, s.viewInvite},
		{get, invites + "/:invite/corrections/new", domain.CreateInvites, s.newCorrection},
		{post, invites + "/:invite/corrections", domain.CreateInvites, s.createCorrection},
		{post, invites + "/:invite/links", domain.CreateInvites, s.copyLink(inviteList, "invite")},

		{get, admins, domain.ViewAdministrators, s.listAdministrators},
		{get, admins + ".csv", domain.ViewAdministrators, s.exportAdministrators},
		{get, admins + "/outcome", domain.ViewAdministrators, s.showOutcome(adminList)},
		{get, admins + "/invites/new", domain.EditAdministrators, s.newAdmins},
		{post, admins + "/invites/drafts", domain.EditAdministrators, s.stageAdmins},
		{post, admins + "/invites", domain.EditAdministrators, s.createAdmins},
		{get, admins + "/sendings/new", domain.EditAdministrators, s.newAct(sendAdmins)},
		{post, admins + "/sendings", domain.EditAdministrators, s.doAct(sendAdmins)},
		{get, admins + "/revocations/new", domain.EditAdministrators, s.newAct(revokeAdmins)},
		{post, admins + "/revocations", domain.EditAdministrators, s.doAct(revokeAdmins)},
		{get, admins + "/levels/new", domain.EditAdministrators, s.newAct(changeLevels)},
		{post, admins + "/levels", domain.EditAdministrators, s.doAct(changeLevels)},
		{get, admins + "/corrections/new", domain.EditAdministrators, s.newAct(correctLevels)},
		{post, admins + "/corrections", domain.EditAdministrators, s.doAct(correctLevels)},
		{get, admins + "/locks/new", domain.EditAdministrators, s.newAct(lockAdmins)},
		{post, admins + "/locks", domain.EditAdministrators, s.doAct(lockAdmins)},
		{get, admins + "/unlocks/new", domain.EditAdministrators, s.newAct(unlockAdmins)},
		{post, admins + "/unlocks", domain.EditAdministrators, s.doAct(unlockAdmins)},
		{get, admins + "/passwords/new", domain.EditAdministrators, s.newAct(forcePasswords)},
		{post, admins + "/passwords", domain.EditAdministrators, s.doAct(forcePasswords)},
		{get, admins + "/factor-resets/new", domain.EditAdministrators, s.proven(s.newAct(resetAdminFactors))},
		{post, admins + "/factor-resets", domain.EditAdministrators, s.proven(s.doAct(resetAdminFactors))},
		{get, admins + "/deletions/new", domain.EditAdministrators, s.newAct(deleteAdmins)},
		{post, admins + "/deletions", domain.EditAdministrators, s.doAct(deleteAdmins)},
		{get, admins + "/:administrator", domain.ViewAdministrators, s.showAdministrator},
		{post, admins + "/:administrator/links", domain.EditAdministrators, s.copyLink(adminList, "administrator")},

		{get, credits, domain.ViewCredits, s.listCredits},
		{get, credits + ".csv", domain.ViewCredits, s.exportCredits},
		{get, credits + "/sites", domain.AllocateCredits, s.findCreditSites},
		{get, credits + "/additions/new", domain.AddCredits, s.newCreditAddition},
		{post, credits + "/additions", domain.AddCredits, s.addCredits},
		{get, credits + "/allocations/new", domain.AllocateCredits, s.newCreditForm(false)},
		{post, credits + "/allocations", domain.AllocateCredits, s.allocateCredits},
		{get, credits + "/outcome", domain.AllocateCredits, s.showCreditsOutcome},
		{get, credits + "/returns/new", domain.AllocateCredits, s.newCreditForm(true)},
		{post, credits + "/returns", domain.AllocateCredits, s.takeBackCredits},

		{get, support, domain.ViewSupport, s.listSupport},
		{post, support, domain.GiveSupport, s.askSupport},
		{post, support + "/:support/withdrawals", domain.GiveSupport, s.withdrawSupport},
		{post, support + "/:support/visits", domain.GiveSupport, s.enterSupport},
		{get, support + "/:support/invites/:offer/sendings/new", domain.GiveSupport, s.newSupportAct(supportResend)},
		{post, support + "/:support/invites/:offer/sendings", domain.GiveSupport, s.doSupportAct(supportResend)},
		{get, support + "/:support/invites/:offer/revocations/new", domain.GiveSupport, s.newSupportAct(supportRevoke)},
		{post, support + "/:support/invites/:offer/revocations", domain.GiveSupport, s.doSupportAct(supportRevoke)},
		{post, "/support/endings", domain.SignedIn, s.leaveSupport},

		{get, activity, domain.ViewActivity, s.listActivity},
		{get, activity + ".csv", domain.ViewActivity, s.exportActivity},
		{get, activity + ".jsonl", domain.ViewActivity, s.exportActivityLines},
		{get, activity + "/retentions/new", domain.SetRetention, s.newRetention},
		{post, activity + "/retentions", domain.SetRetention, s.proven(s.createRetention)},
		{get, activity + "/:event", domain.ViewActivity, s.showEvent},
	}
	if s.config.Dev {
		doors = append(doors,
			Route{get, "/dev/mail", domain.Anyone, s.listMailbox},
			Route{get, "/dev/mail/:mail", domain.Anyone, s.showMail},
		)
	}
	return doors
}

// Door is a Route as told to the outside.
type Door struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	May    string `json:"privilege"`
}

// Doors lists every door with the privilege it asks for.
func (s *Server) Doors() []Door {
	var out []Door
	for _, r := range s.routes() {
		out = append(out, Door{r.Method, r.Path, r.May.String()})
	}
	return out
}

// door wraps a handler with the questions every request must answer: who is asking, and may they.
func (s *Server) door(route Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, err := s.receive(c)
		if err != nil {
			return err
		}
		switch {
		case r.by.Can(route.May) && route.ofCustomers() && r.by.Account.Kind == domain.Partner:
			return r.toAdministrators(route)
		case r.by.Can(route.May):
			return route.Do(r)
		case r.by.User.ID == "":
			return errSignIn
		}
		return domain.ErrForbidden
	}
}

// ofCustomers reports whether a door is for the people of customers alone. A partner's are in Admin & Technicians, with
// rules of their own: there a deletion erases.
func (route Route) ofCustomers() bool {
	return strings.HasPrefix(route.Path, users) || strings.HasPrefix(route.Path, invites)
}

// toAdministrators answers at those doors for a partner: the lists lead to the administrators, the rest is not there.
func (r *request) toAdministrators(route Route) error {
	if safe(route.Method) && (route.Path == users || route.Path == invites) {
		return r.goTo(r.account(adminList.path))
	}
	return domain.ErrNotFound
}
