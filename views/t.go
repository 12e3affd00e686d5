package views

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

// Language is one of the languages the portal speaks.
type Language struct {
	Code string // BCP 47: "en", "es", "it"
	Name string // in the language itself
}

// Languages lists them; the first is the default.
var Languages = []Language{{"en", "English (US)"}, {"es", "Español"}, {"it", "Italiano"}}

// Locale is how one reader reads: the language, the time zone, and what time it is for this answer.
type Locale struct {
	Lang string
	Zone *time.Location
	Now  time.Time
}

//go:embed locales/*.toml
var localeFiles embed.FS

var (
	bundle     = loadLocales()
	localizers = newLocalizers()
	// A placeholder without a value is a mistake, not "<no value>" on somebody's screen.
	strictTemplates = &template.TextParser{Option: "missingkey=error"}
)

func loadLocales() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	files, err := localeFiles.ReadDir("locales")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		if _, err := b.LoadMessageFileFS(localeFiles, "locales/"+f.Name()); err != nil {
			panic(fmt.Errorf("read texts: %w", err))
		}
	}
	return b
}

func newLocalizers() map[string]*i18n.Localizer {
	m := make(map[string]*i18n.Localizer, len(Languages))
	for _, l := range Languages {
		m[l.Code] = i18n.NewLocalizer(bundle, l.Code)
	}
	return m
}

type localeKey struct{}

// WithLocale returns a context whose texts, times and numbers read as l says.
// An unknown language becomes the default one, a missing zone UTC.
func WithLocale(ctx context.Context, l Locale) context.Context {
	if localizers[l.Lang] == nil {
		l.Lang = Languages[0].Code
	}
	if l.Zone == nil {
		l.Zone = time.UTC
	}
	return context.WithValue(ctx, localeKey{}, l)
}

// LocaleOf returns the reader's locale: English and UTC if the context has none.
func LocaleOf(ctx context.Context) Locale {
	if l, ok := ctx.Value(localeKey{}).(Locale); ok {
		return l
	}
	return Locale{Lang: Languages[0].Code, Zone: time.UTC}
}

// LanguageName returns a language's own name: "Español" for "es".
func LanguageName(code string) string {
	for _, l := range Languages {
		if l.Code == code {
			return l.Name
		}
	}
	return Languages[0].Name
}

// T returns the text of key in the reader's language. kv are the placeholders' names and values:
// T(ctx, "invites.sent", "Name", "Jonas"). "Count" also chooses the plural form and is written
// with the reader's separators.
//
// A key or placeholder that does not exist fails the test it happens in; in production it is
// logged and the English text, else the key, stands in.
func T(ctx context.Context, key string, kv ...any) string {
	values := make(map[string]any, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		values[fmt.Sprint(kv[i])] = kv[i+1]
	}
	return localize(ctx, key, values)
}

// localize is T with the values already in a map.
func localize(ctx context.Context, key string, values map[string]any) string {
	l := LocaleOf(ctx)
	cfg := &i18n.LocalizeConfig{MessageID: key, TemplateParser: strictTemplates}
	data := make(map[string]any, len(values))
	for name, v := range values {
		data[name] = v
		if n, ok := v.(int); ok {
			data[name] = Number(ctx, n)
			if name == "Count" {
				cfg.PluralCount = n
			}
		}
	}
	cfg.TemplateData = data
	text, err := localizers[l.Lang].Localize(cfg)
	if err == nil {
		return text
	}
	if testing.Testing() {
		panic(fmt.Sprintf("text %q in %q with %v: %v", key, l.Lang, values, err))
	}
	slog.ErrorContext(ctx, "text missing", "key", key, "language", l.Lang, "error", err)
	if text == "" {
		return key
	}
	return text
}

// maxAcceptLanguage bounds what is read of an Accept-Language header: real ones are far shorter,
// and matching takes time that grows with their length.
const maxAcceptLanguage = 1024

var matcher = language.NewMatcher(matcherTags())

func matcherTags() []language.Tag {
	tags := make([]language.Tag, len(Languages))
	for i, l := range Languages {
		tags[i] = language.MustParse(l.Code)
	}
	return tags
}

// MatchLanguage returns the code of the language that suits an Accept-Language header best.
func MatchLanguage(header string) string {
	if len(header) > maxAcceptLanguage {
		header = header[:maxAcceptLanguage]
		// What the cut left of the last entry is no language.
		header = header[:max(strings.LastIndexByte(header, ','), 0)]
	}
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return Languages[0].Code
	}
	_, i, _ := matcher.Match(tags...)
	return Languages[i].Code
}
