package views

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"gatehouse/domain"
	"gatehouse/static"
)

// AccountTable is the id of the list of a partner's customer accounts and the name of its fragment; ClientSites is that of
// the sites of one of them.
const (
	AccountTable = "account-table"
	ClientSites  = "client-sites"
)

// AccountLine is one customer account in the list, with how many sites it has.
type AccountLine struct {
	Account domain.Account
	Sites   Total
}

// Accounts is Accounts & Sites: the customer accounts of a partner.
type Accounts struct {
	By    domain.Actor
	Base  string // its address
	Query ListQuery
	Pager Pager
	Rows  []AccountLine
}

func (v Accounts) at(path string) string { return v.Base + path }

// export is the address of exactly this view as a file.
func (v Accounts) export() string {
	q := v.Query.FirstPage()
	q.Path += ".csv"
	return q.URL()
}

func (v Accounts) list(ctx context.Context) ListProps {
	state := Filter{Key: "state", Label: T(ctx, "accounts.state-head"), Many: true}
	for _, s := range domain.AccountStates {
		state.Options = append(state.Options, Option{Value: string(s), Label: T(ctx, "accounts.state."+string(s))})
	}
	p := ListProps{
		ID: AccountTable, Label: T(ctx, "accounts.title"), Query: v.Query, Search: T(ctx, "accounts.search"), Menu: true, Pager: v.Pager,
		Filters: []Filter{state},
		Columns: []Column{
			{Label: T(ctx, "accounts.account"), Sort: "name"},
			{Label: T(ctx, "accounts.sites"), Class: "w-24"},
			{Label: T(ctx, "accounts.state-head"), Class: "w-36"},
			{Label: T(ctx, "accounts.set-up-by"), Class: "p2 w-44"},
			{Label: T(ctx, "accounts.created"), Sort: "created", Class: "p2 w-32"},
		},
	}
	switch {
	case len(v.Rows) > 0:
	case v.Query.Narrowed():
		p.Empty = NoMatch(ctx, p, v.new(ctx)...)
	default:
		p.Empty = &EmptyProps{Icon: static.IconBuilding2, Title: T(ctx, "accounts.none"), Text: T(ctx, "accounts.none-text"), Actions: v.new(ctx)}
	}
	return p
}

// new is the button of the window; only for who may use it.
func (v Accounts) new(ctx context.Context) []ButtonProps {
	if !v.By.Can(domain.SetUpAccounts) {
		return nil
	}
	return []ButtonProps{{Label: T(ctx, "accounts.new"), Icon: static.IconPlus, Href: v.at("/new"), Dialog: true}}
}

// accountMenu is what can be done with an account: what its state does not allow stays, with the reason.
func accountMenu(ctx context.Context, by domain.Actor, base string, a domain.Account, id string, open bool) MenuProps {
	at := base + "/" + a.ID
	p := MenuProps{ID: id, Label: T(ctx, "accounts.actions", "Name", a.Name)}
	if open {
		p.Items = append(p.Items, MenuItem{Label: T(ctx, "accounts.open"), Icon: static.IconBuilding2, Href: at})
	}
	closed := a.Open()
	if by.Can(domain.SetUpAccounts) {
		item := MenuItem{Label: T(ctx, "accounts.new-site-menu"), Icon: static.IconMapPin, Href: at + "/sites/new", Dialog: true}
		_, item.Hint = offers(ctx, closed)
		item.Disabled = closed != nil
		p.Items = append(p.Items, item)
	}
	if by.Can(domain.SuspendAccounts) {
		if len(p.Items) > 0 {
			p.Items = append(p.Items, MenuItem{Rule: true})
		}
		if closed == nil {
			p.Items = append(p.Items, MenuItem{Label: T(ctx, "accounts.suspend-menu"), Icon: static.IconCirclePause, Href: at + "/suspensions/new", Dialog: true, Destructive: true})
		} else {
			p.Items = append(p.Items, MenuItem{Label: T(ctx, "accounts.resume-menu"), Icon: static.IconCirclePlay, Href: at + "/resumptions/new", Dialog: true})
		}
	}
	return p
}

// AccountStateName is a state of an account in a word.
func AccountStateName(ctx context.Context, s domain.AccountState) string {
	return T(ctx, "accounts.state."+string(s))
}

// CountryName is a country in the reader's language; one that is not offered is told by its code.
func CountryName(ctx context.Context, code string) string {
	for _, o := range countryOptions(ctx) {
		if o.Value == code {
			return o.Label
		}
	}
	return code
}

// AccountHeads are the heads of the columns of AccountCells.
func AccountHeads(ctx context.Context) []string {
	return []string{
		T(ctx, "accounts.account"), T(ctx, "accounts.country"), T(ctx, "accounts.sites"), T(ctx, "accounts.state-head"), T(ctx, "accounts.set-up-by"), T(ctx, "accounts.created"),
	}
}

// AccountCells are an account as a row of a file.
func AccountCells(ctx context.Context, l AccountLine) []string {
	sites := strconv.Itoa(l.Sites.N)
	if l.Sites.More {
		sites = l.Sites.Text(ctx)
	}
	return []string{
		l.Account.Name, CountryName(ctx, l.Account.Country), sites, AccountStateName(ctx, l.Account.State()), l.Account.SetUpBy,
		l.Account.CreatedAt.In(LocaleOf(ctx).Zone).Format("2006-01-02 15:04"),
	}
}

// AccountForm is the window "New account".
type AccountForm struct {
	Base     string
	Draft    domain.AccountDraft
	Problems domain.Problems
	// Days is how long the first Admin's invite stays open.
	Days int
	// Wait is after what time the company may send again, where it has sent too much.
	Wait time.Duration
}

func (f AccountForm) dialog(ctx context.Context) DialogProps {
	return DialogProps{
		Title: T(ctx, "accounts.new-title"), Lead: T(ctx, "accounts.new-lead"), Size: DialogLarge, Safe: T(ctx, "bulk.cancel"), Back: f.Base, Verb: T(ctx, "accounts.create"),
		Form:   FormProps{Action: f.Base},
		Faults: FaultsOf(f.Problems, append([]Fault{{"name", T(ctx, "accounts.name")}, {"country", T(ctx, "accounts.country")}}, adminFaults(ctx)...)...),
	}
}

func adminFaults(ctx context.Context) []Fault {
	return []Fault{
		{"first_name", T(ctx, "accounts.first-name")}, {"last_name", T(ctx, "accounts.last-name")}, {"email", T(ctx, "accounts.email")}, {"language", T(ctx, "accounts.language")},
	}
}

// ClientDetail is one customer account, as its partner sees it.
type ClientDetail struct {
	By      domain.Actor
	Base    string // of the list
	Account domain.Account
	Sites   Total
	// Vacant: nobody keeps the account yet; Admin is the newest offer of the first Admin's place, if there is one.
	Vacant bool
	Admin  domain.Membership
	// Query, Rows and Next are the list of its sites.
	Query   ListQuery
	Rows    []domain.Site
	Next    string
	History History
}

func (d ClientDetail) at(path string) string { return d.Base + "/" + d.Account.ID + path }

func (d ClientDetail) facts(ctx context.Context) []Fact {
	return []Fact{
		{Term: T(ctx, "accounts.country"), Text: CountryName(ctx, d.Account.Country)},
		{Term: T(ctx, "accounts.state-head"), View: accountStateLine(d.Account)},
		{Term: T(ctx, "accounts.set-up-by"), Text: orNone(T(ctx, "common.none"), d.Account.SetUpBy)},
		{Term: T(ctx, "accounts.created"), View: MomentAs(d.Account.CreatedAt, FullDate(ctx, d.Account.CreatedAt))},
	}
}

func (d ClientDetail) list(ctx context.Context) ListProps {
	p := ListProps{
		ID: ClientSites, Label: T(ctx, "accounts.sites"), Query: d.Query, Search: T(ctx, "dashboards.search-sites"), OneLine: true,
		Columns: []Column{{Label: T(ctx, "dashboards.site")}, {Label: T(ctx, "dashboards.code"), Class: "w-28"}},
		Pager:   Pager{Total: d.Sites, Next: d.Next},
	}
	if d.By.Can(domain.InviteColleagues) {
		p.Columns = append(p.Columns, Column{Label: T(ctx, "accounts.invite-colleague"), Class: "w-52", Hidden: true})
	}
	switch {
	case len(d.Rows) > 0:
	case d.Query.Narrowed():
		p.Empty = NoMatch(ctx, p)
	default:
		p.Empty = &EmptyProps{Icon: static.IconMapPin, Title: T(ctx, "accounts.no-sites"), Text: T(ctx, "accounts.no-sites-text")}
	}
	return p
}

// adminState says how the first Admin's invite stands: since when, and until when it is open. What became of its message
// stands beneath.
func (d ClientDetail) adminState(ctx context.Context) string {
	m := d.Admin
	who := T(ctx, "accounts.admin-who", "Name", m.Name(), "Email", m.Email)
	if m.State(LocaleOf(ctx).Now) == domain.StatePending {
		return who + " " + T(ctx, "accounts.admin-pending", "Sent", Date(ctx, m.SentAt), "Until", Date(ctx, m.ExpiresAt))
	}
	return who + " " + T(ctx, "accounts.admin-lapsed", "Sent", Date(ctx, m.SentAt))
}

// offered reports whether the first Admin's invite is open.
func (d ClientDetail) offered(ctx context.Context) bool {
	return d.Admin.ID != "" && d.Admin.State(LocaleOf(ctx).Now) == domain.StatePending
}

// copyLink is the button that shows the link of the first Admin's invite, once for each asking.
func (d ClientDetail) copyLink(ctx context.Context) ButtonProps {
	post := d.at("/admins/" + d.Admin.ID + "/links")
	return ButtonProps{
		Label: T(ctx, "invites.copy-link"), Icon: static.IconLink, Variant: Outline, Size: Small, Form: linkFormID,
		Attrs: templ.Attributes{"formaction": post, "hx-post": post, "hx-target": "#dialog"},
	}
}

// vacantText says what the account waits for.
func (d ClientDetail) vacantText(ctx context.Context) string {
	if d.Admin.ID == "" {
		return T(ctx, "accounts.vacant-nobody")
	}
	return d.adminState(ctx)
}

// FirstAdminForm is the window in which the first Admin's place is offered again.
type FirstAdminForm struct {
	Base     string
	Account  domain.Account
	Draft    domain.FirstAdminDraft
	Problems domain.Problems
	Wait     time.Duration // as of AccountForm
}

func (f FirstAdminForm) dialog(ctx context.Context) DialogProps {
	at := f.Base + "/" + f.Account.ID
	return DialogProps{
		Title: T(ctx, "accounts.admin-title", "Name", f.Account.Name), Lead: T(ctx, "accounts.admin-lead"), Size: DialogLarge, Safe: T(ctx, "bulk.cancel"), Back: at, Verb: T(ctx, "invites.form.invite"),
		Form: FormProps{Action: at + "/admins"}, Faults: FaultsOf(f.Problems, adminFaults(ctx)...),
	}
}

// ClientSiteForm is the window "New site" of a customer account.
type ClientSiteForm struct {
	Base    string
	Account domain.Account
	SiteForm
}

func (f ClientSiteForm) dialog(ctx context.Context) DialogProps {
	p := f.SiteForm.dialog(ctx)
	at := f.Base + "/" + f.Account.ID
	p.Lead, p.Back, p.Form = T(ctx, "accounts.site-lead", "Name", f.Account.Name), at, FormProps{Action: at + "/sites"}
	return p
}

// AccountQuestion asks before an account is suspended, or goes on.
type AccountQuestion struct {
	Base    string
	Account domain.Account
	Resume  bool
	Why     string // why it cannot be
}

func (q AccountQuestion) dialog(ctx context.Context) DialogProps {
	at := q.Base + "/" + q.Account.ID
	p := DialogProps{Title: T(ctx, "accounts.suspend-title", "Name", q.Account.Name), Lead: T(ctx, "accounts.suspend-lead"), Safe: T(ctx, "bulk.cancel"), Back: at}
	noun := "/suspensions"
	if q.Resume {
		p.Title, p.Lead, noun = T(ctx, "accounts.resume-title", "Name", q.Account.Name), T(ctx, "accounts.resume-lead"), "/resumptions"
	}
	if q.Why != "" {
		p.Lead, p.Safe = "", T(ctx, "common.close")
		return p
	}
	p.Verb, p.Confirm, p.Destructive = T(ctx, "bulk.confirm"), true, !q.Resume
	p.Form = FormProps{Action: at + noun}
	return p
}

// ColleagueForm is the window in which a partner's administrator is invited to a site.
type ColleagueForm struct {
	Base     string
	Account  domain.Account
	Site     domain.Site
	Draft    domain.ColleagueDraft
	Problems domain.Problems
	Wait     time.Duration // as of AccountForm
	// Colleagues are those to choose from; More says that there are too many for that: their address is typed.
	Colleagues []domain.Membership
	More       bool
}

func (f ColleagueForm) at() string { return f.Base + "/" + f.Account.ID + "/colleagues" }

func (f ColleagueForm) dialog(ctx context.Context) DialogProps {
	return DialogProps{
		Title: T(ctx, "accounts.colleague-title", "Site", f.Site.Name), Lead: T(ctx, "accounts.colleague-lead", "Name", f.Account.Name), Size: DialogLarge,
		Safe: T(ctx, "bulk.cancel"), Back: f.Base + "/" + f.Account.ID, Verb: T(ctx, "invites.form.invite"),
		Form:   FormProps{Action: f.at(), Hidden: []Hidden{{"site", f.Site.ID}}},
		Faults: FaultsOf(f.Problems, Fault{"colleague", T(ctx, "accounts.colleague")}, Fault{"role", T(ctx, "invites.role")}),
	}
}

func (f ColleagueForm) people(ctx context.Context) []Option {
	options := []Option{{Label: T(ctx, "accounts.colleague-choose"), Chosen: f.Draft.Colleague == ""}}
	for _, m := range f.Colleagues {
		options = append(options, Option{Value: m.Email, Label: m.Name() + " · " + m.Email, Chosen: f.Draft.Colleague == m.Email})
	}
	return options
}

func (f ColleagueForm) roles(ctx context.Context) ChoicesProps {
	p := ChoicesProps{Name: "role", Label: T(ctx, "invites.role"), Error: ProblemText(ctx, f.Problems, "role")}
	for _, id := range domain.ColleagueRoles {
		r := f.Account.RoleOf(id)
		p.Options = append(p.Options, Option{Value: string(id), Label: RoleName(ctx, r), Hint: RoleMeaning(ctx, r), Chosen: f.Draft.Role == string(id)})
	}
	return p
}
