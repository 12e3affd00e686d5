package web

import (
	"crypto/rand"
	"errors"
	"net/http"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// Each form of the ledger has a name of its own, made when it is shown: sent twice, it counts once. A form that comes back
// has another one, for it is another one.

// onceOf refuses a form that has no name.
func onceOf(typed string) error {
	if _, ok := domain.ParseOnce(typed); !ok {
		return badRequest("the form has no name")
	}
	return nil
}

func (s *Server) newCreditAddition(r *request) error {
	return s.showCreditAddition(r, http.StatusOK, views.CreditAddForm{})
}

func (s *Server) showCreditAddition(r *request, status int, f views.CreditAddForm) error {
	balance, err := s.store.CreditBalance(r.ctx(), r.by)
	if err != nil {
		return err
	}
	f.Base, f.Balance, f.Draft.Once = r.creditsAt(), balance, rand.Text()
	return s.show(r, status, views.CreditAddPage(r.creditsPage(views.T(r.ctx(), "credits.add")), f))
}

// addCredits adds what a Master bought.
func (s *Server) addCredits(r *request) error {
	var f views.CreditAddForm
	if err := r.bind(&f.Draft); err != nil {
		return err
	}
	if err := onceOf(f.Draft.Once); err != nil {
		return err
	}
	made, again, err := s.store.AddCredits(r.ctx(), r.by, f.Draft)
	if status := r.refusedCredits(err, &f.Problems, &f.Why); status != 0 {
		return s.showCreditAddition(r, status, f)
	}
	if err != nil {
		return err
	}
	return s.creditsDone(r, views.T(r.ctx(), "credits.added", "Count", int(made.Credits)), again)
}

// refusedCredits says with which status a form comes back, 0 when it does not: with its problems, or with a reason.
func (r *request) refusedCredits(err error, problems *domain.Problems, why *string) int {
	var refusal *domain.Refusal
	switch {
	case errors.As(err, problems):
		return http.StatusUnprocessableEntity
	case errors.As(err, &refusal):
		*why = views.RefusalText(r.ctx(), refusal)
		return r.server.denied(r, err)
	}
	return 0
}

func (s *Server) creditsDone(r *request, title string, again bool) error {
	f := views.Flash{Title: title}
	if again {
		f.Text = views.T(r.ctx(), "credits.again")
	}
	return s.done(r, r.creditsAt(), f)
}

// creditSteps are how far the form is that allocates to several sites.
type creditSteps struct {
	Confirmed string `form:"confirmed"` // "1": the preview was answered
	Again     string `form:"again"`     // "1": it was not, back to the form
}

// newCreditForm opens the window that allocates credits, or takes them back.
func (s *Server) newCreditForm(back bool) func(*request) error {
	return func(r *request) error {
		f := views.CreditForm{Back: back}
		if err := r.bindQuery(&f.Draft); err != nil {
			return err
		}
		f.Draft = domain.CreditDraft{Sites: f.Draft.Sites} // a link can choose a site, nothing else
		return s.showCreditForm(r, http.StatusOK, f)
	}
}

func (s *Server) showCreditForm(r *request, status int, f views.CreditForm) error {
	balance, err := s.store.CreditBalance(r.ctx(), r.by)
	if err != nil {
		return err
	}
	most := everySite
	if r.fragment() != "" {
		most = pickedSites
	}
	f.Base, f.Balance, f.Draft.Once = r.creditsAt(), balance, rand.Text()
	if f.Sites, err = r.creditNodes("", f.Back, f.Draft.Sites, most); err != nil {
		return err
	}
	title := views.T(r.ctx(), "credits.allocate-title")
	if f.Back {
		title = views.T(r.ctx(), "credits.take-back")
	}
	return s.show(r, status, views.CreditFormPage(r.creditsPage(title), f))
}

// takeBackCredits takes credits from one site.
func (s *Server) takeBackCredits(r *request) error {
	f := views.CreditForm{Back: true}
	if err := r.bind(&f.Draft); err != nil {
		return err
	}
	if err := onceOf(f.Draft.Once); err != nil {
		return err
	}
	made, again, err := s.store.TakeBackCredits(r.ctx(), r.by, f.Draft)
	if status := r.refusedCredits(err, &f.Problems, &f.Why); status != 0 {
		return s.showCreditForm(r, status, f)
	}
	if err != nil {
		return err
	}
	return s.creditsDone(r, views.T(r.ctx(), "credits.returned", "Count", int(made.Credits), "Site", made.Site.Name), again)
}

// allocateCredits gives credits to one site at once, to several after a preview.
func (s *Server) allocateCredits(r *request) error {
	var f views.CreditForm
	var step creditSteps
	if err := errors.Join(r.bind(&f.Draft), r.bind(&step)); err != nil {
		return err
	}
	if err := onceOf(f.Draft.Once); err != nil {
		return err
	}
	if step.Again == "1" {
		return s.showCreditForm(r, http.StatusOK, f)
	}
	lines, err := f.Draft.Check()
	several := err == nil && len(lines) > 1
	var result store.CreditResult
	if err == nil {
		result, err = s.store.AllocateCredits(r.ctx(), r.by, f.Draft, several && step.Confirmed != "1")
	}
	status := r.refusedCredits(err, &f.Problems, &f.Why)
	switch {
	case several && f.Problems["amount"].Code == "credits_short":
		return s.previewCredits(r, status, f.Draft, result)
	case status != 0:
		f.Problems = f.Draft.Placed(f.Problems)
		return s.showCreditForm(r, status, f)
	case err != nil:
		return err
	case several && step.Confirmed != "1":
		return s.previewCredits(r, http.StatusOK, f.Draft, result)
	case several:
		return s.tellCredits(r, result)
	}
	return s.creditsDone(r, views.T(r.ctx(), "credits.allocated", "Count", int(result.Sum), "Site", result.Outcomes[0].Site.Name), result.Again)
}

// creditRows are what became of each line, or would become: those that get credits, and those that do not.
func (r *request) creditRows(result store.CreditResult) (done, not []views.OutcomeRow) {
	ctx := r.ctx()
	for _, o := range result.Outcomes {
		name, under := o.Site.Name, o.Site.Customer
		if name == "" {
			name = o.Line.Typed
		}
		var problems domain.Problems
		if !errors.As(o.Err, &problems) {
			word := views.T(ctx, "credits.gets", "N", views.Number(ctx, int(o.Line.Credits)), "Has", views.Number(ctx, int(o.Site.Credits)))
			if result.Before.Short(result.Sum) != nil { // the site has not got them
				word = views.Number(ctx, int(o.Line.Credits))
			}
			done = append(done, views.BulkDone(name, under, word))
			continue
		}
		why := ""
		for field := range problems {
			why = views.ProblemText(ctx, problems, field)
		}
		not = append(not, views.BulkNot(name, under, why))
	}
	return done, not
}

func (s *Server) previewCredits(r *request, status int, d domain.CreditDraft, result store.CreditResult) error {
	ctx := r.ctx()
	done, not := r.creditRows(result)
	v := views.CreditPreview{Base: r.creditsAt(), Draft: d, Sum: result.Sum, Before: result.Before, Sites: len(done), Short: status != http.StatusOK}
	if len(not) > 0 {
		v.Groups = append(v.Groups, bulkGroup(views.T(ctx, "credits.will-not", "N", views.Number(ctx, len(not))), not))
	}
	if len(done) > 0 {
		v.Groups = append(v.Groups, bulkGroup(views.T(ctx, "credits.will", "N", views.Number(ctx, len(done))), done))
	}
	return s.show(r, status, views.CreditPreviewPage(r.creditsPage(views.T(ctx, "credits.preview-title", "Count", len(done))), v))
}

// tellCredits keeps the result for the dialog that tells it.
func (s *Server) tellCredits(r *request, result store.CreditResult) error {
	done, not := r.creditRows(result)
	all := bulkGroup("", append(not, done...))
	r.session.Values[outcomeValue] = outcome{
		List: r.creditsAt(), Back: r.creditsAt(), Some: len(not) > 0, Rows: all.Rows, More: all.More,
		Title: views.BulkTotal(r.ctx(), views.T(r.ctx(), "credits.done", "Count", len(done)), len(done), len(not)),
	}
	if err := r.session.Save(r.Request(), r.Response()); err != nil {
		return ended(err)
	}
	return r.goTo(r.creditsAt() + "/outcome")
}

func (s *Server) showCreditsOutcome(r *request) error {
	return s.tellOutcome(r, r.creditsAt(), func(title string) []views.Crumb {
		return []views.Crumb{{Label: views.T(r.ctx(), "credits.title"), Href: r.creditsAt()}, {Label: title}}
	})
}
