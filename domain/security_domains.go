package domain

import (
	"slices"
	"strings"
	"unicode"
)

// AllowedDomains are the canonical domains whose addresses an account admits, sorted; none restricts nothing (seed 000).
type AllowedDomains []string

// MostDomains is how many one account lists at most.
const MostDomains = 1000

// Admits reports whether an address is of one of the domains, exactly: no subdomain, no look-alike (PRIV-10). What is
// no address is never admitted by a list that restricts.
func (d AllowedDomains) Admits(email string) bool {
	if len(d) == 0 {
		return true
	}
	canonical, ok := ParseEmail(email)
	return ok && d.Has(EmailDomain(canonical))
}

// Has reports whether a canonical domain is listed.
func (d AllowedDomains) Has(host string) bool {
	_, found := slices.BinarySearch(d, host)
	return found
}

func (d AllowedDomains) contain(other AllowedDomains) bool {
	return !slices.ContainsFunc(other, func(host string) bool { return !d.Has(host) })
}

// With is the list and more, in order, each once.
func (d AllowedDomains) With(more ...string) AllowedDomains {
	all := append(slices.Clone(d), more...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Without is the list with one less.
func (d AllowedDomains) Without(host string) AllowedDomains {
	return slices.DeleteFunc(slices.Clone(d), func(listed string) bool { return listed == host })
}

// ParseDomains reads a typed or pasted list of domains, apart by spaces, commas, semicolons or lines, and gives their
// canonical form: lower case, plain ASCII. An @ in front is how people write "everybody at". Anything else that is not
// a host name of RFC 1123 is a problem of the field; it is never bent into one.
func ParseDomains(p Problems, field, typed string) AllowedDomains {
	var out AllowedDomains
	apart := func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }
	for word := range strings.FieldsFuncSeq(typed, apart) {
		// By way of an address, so that the two have one form.
		canonical, ok := ParseEmail("x@" + strings.TrimPrefix(word, "@"))
		if !ok {
			name, _ := ParseText(word, 300)
			p.Add(field, "domain", "Domain", brief(name))
			continue
		}
		out = append(out, EmailDomain(canonical))
	}
	out = out.With()
	if len(out) > MostDomains {
		p.Add(field, "domains_many")
	}
	return out
}

// PublicMail reports whether everybody can have an address of a domain: to allow it is to allow the world.
func PublicMail(host string) bool { return publicMail[host] }

var publicMail = func() map[string]bool {
	known := map[string]bool{}
	for host := range strings.FieldsSeq(`
		gmail.com googlemail.com outlook.com outlook.es outlook.it hotmail.com hotmail.es hotmail.it hotmail.fr hotmail.co.uk live.com live.it
		live.co.uk msn.com yahoo.com yahoo.es yahoo.it yahoo.fr yahoo.de yahoo.co.uk yahoo.com.mx ymail.com rocketmail.com aol.com icloud.com
		me.com mac.com proton.me protonmail.com pm.me tutanota.com tuta.io gmx.com gmx.net gmx.de gmx.es web.de t-online.de freenet.de
		mail.com zoho.com fastmail.com hey.com hushmail.com yandex.com yandex.ru mail.ru bk.ru inbox.ru list.ru qq.com 163.com 126.com
		naver.com libero.it virgilio.it tiscali.it alice.it tin.it orange.fr free.fr laposte.net wanadoo.fr sfr.fr telefonica.net
		comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net btinternet.com sky.com virginmedia.com rogers.com
		mailinator.com guerrillamail.com 10minutemail.com temp-mail.org yopmail.com sharklasers.com trashmail.com`) {
		known[host] = true
	}
	return known
}()

// Admits answers whether an address may be offered access to this account now: asked at create, import, resend,
// correction, acceptance, change of address and for guests, always here (PRIV-09).
func (a Account) Admits(email string) error {
	if a.Policy.Domains.Admits(email) || slices.Contains(a.Providers, email) {
		return nil
	}
	return stale("domain_outside", "Domain", EmailDomain(email))
}
