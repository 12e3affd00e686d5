package web

import (
	"net/http"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/views"
)

// The development mailbox shows what would have been mailed, links included. Its doors exist only in development,
// and open only to this machine.

func (s *Server) listMailbox(r *request) error {
	if err := r.fromHere(); err != nil {
		return err
	}
	found, err := s.store.Mailbox(r.ctx())
	if err != nil {
		return err
	}
	var letters []views.Letter
	for _, l := range found {
		letters = append(letters, letter(l))
	}
	return s.show(r, http.StatusOK, views.MailboxPage(r.page(views.T(r.ctx(), "mailbox.title"), views.Crumb{Label: views.T(r.ctx(), "mailbox.title")}), letters))
}

func (s *Server) showMail(r *request) error {
	if err := r.fromHere(); err != nil {
		return err
	}
	l, err := s.store.Mail(r.ctx(), r.Param("mail"))
	if err != nil {
		return err
	}
	return s.show(r, http.StatusOK, views.LetterPage(r.page(l.Subject, views.Crumb{Label: views.T(r.ctx(), "mailbox.title"), Href: "/dev/mail"}, views.Crumb{Label: l.Subject}), letter(l)))
}

func letter(l store.Letter) views.Letter {
	return views.Letter{ID: l.ID, To: l.To, Subject: l.Subject, Text: l.Text, At: views.Moment(l.At)}
}

// fromHere refuses requests from other machines, and those a proxy passed on.
func (r *request) fromHere() error {
	if !isLoopback(hostname(r.Request().RemoteAddr)) || r.Request().Header.Get("X-Forwarded-For") != "" {
		return domain.ErrNotFound
	}
	return nil
}
