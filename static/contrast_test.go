package static

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// theme resolves the tokens of one side of light-dark().
type theme struct {
	tokens map[string]string
	dark   bool
}

var (
	declaration = regexp.MustCompile(`--([\w-]+):\s*([^;]+);`)
	lightDark   = regexp.MustCompile(`^light-dark\((oklch\([^)]*\)), *(oklch\([^)]*\))\)$`)
	oklch       = regexp.MustCompile(`^oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)$`)
	variable    = regexp.MustCompile(`^var\(--([\w-]+)\)$`)
)

func themes(t *testing.T) (light, dark theme) {
	t.Helper()
	css, err := os.ReadFile("src/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{}
	for _, m := range declaration.FindAllStringSubmatch(string(css), -1) {
		tokens[m[1]] = strings.TrimSpace(m[2])
	}
	return theme{tokens, false}, theme{tokens, true}
}

// luminance is the relative luminance of WCAG 2 of a token's colour as a screen shows it.
func (th theme) luminance(name string) (float64, error) {
	v, ok := th.tokens[name]
	if !ok {
		return 0, fmt.Errorf("no token --%s", name)
	}
	if m := variable.FindStringSubmatch(v); m != nil {
		return th.luminance(m[1])
	}
	if m := lightDark.FindStringSubmatch(v); m != nil {
		if v = m[1]; th.dark {
			v = m[2]
		}
	}
	m := oklch.FindStringSubmatch(v)
	if m == nil {
		return 0, fmt.Errorf("--%s: cannot read %q", name, v)
	}
	var lch [3]float64
	for i := range lch {
		f, err := strconv.ParseFloat(m[i+1], 64)
		if err != nil {
			return 0, err
		}
		lch[i] = f
	}
	return relativeLuminance(lch[0], lch[1], lch[2]), nil
}

func relativeLuminance(l, c, h float64) float64 {
	sin, cos := math.Sincos(h * math.Pi / 180)
	a, b := c*cos, c*sin
	cube := func(x float64) float64 { return x * x * x }
	long := cube(l + 0.3963377774*a + 0.2158037573*b)
	mid := cube(l - 0.1055613458*a - 0.0638541728*b)
	short := cube(l - 0.0894841775*a - 1.2914855480*b)
	return 0.2126*shown(4.0767416621*long-3.3077115913*mid+0.2309699292*short) +
		0.7152*shown(-1.2684380046*long+2.6097574011*mid-0.3413193965*short) +
		0.0722*shown(-0.0041960863*long-0.7034186147*mid+1.7076147010*short)
}

// shown clips a linear channel to what a screen has and rounds it to its 8 bits.
func shown(linear float64) float64 {
	x := min(max(linear, 0), 1)
	if x <= 0.0031308 {
		x *= 12.92
	} else {
		x = 1.055*math.Pow(x, 1/2.4) - 0.055
	}
	x = math.Round(x*255) / 255
	if x <= 0.04045 {
		return x / 12.92
	}
	return math.Pow((x+0.055)/1.055, 2.4)
}

func (th theme) contrast(t *testing.T, ink, ground string) float64 {
	t.Helper()
	a, err := th.luminance(ink)
	if err != nil {
		t.Fatal(err)
	}
	b, err := th.luminance(ground)
	if err != nil {
		t.Fatal(err)
	}
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func TestLuminanceOfKnownColours(t *testing.T) {
	for _, c := range []struct {
		l, c, h, want float64
	}{
		{1, 0, 0, 1},
		{0, 0, 0, 0},
		{0.627955, 0.257683, 29.2339, 0.2126},  // #f00
		{0.866440, 0.294827, 142.4953, 0.7152}, // #0f0
		{0.452014, 0.313214, 264.0520, 0.0722}, // #00f
	} {
		if got := relativeLuminance(c.l, c.c, c.h); math.Abs(got-c.want) > 0.0005 {
			t.Errorf("oklch(%g %g %g): %.4f, want %.4f", c.l, c.c, c.h, got, c.want)
		}
	}
}

// No change of a token may take a pair below these figures, which are what the tokens were chosen for.
func TestContrast(t *testing.T) {
	light, dark := themes(t)
	type pair struct {
		ink, ground       string
		minLight, minDark float64
	}
	pairs := []pair{
		{"foreground", "background", 16.2, 16.2},
		{"muted-foreground", "background", 6.1, 8.1},
		{"muted-foreground", "accent", 5.5, 5.8},
		{"primary-foreground", "primary", 6.1, 7.7},
		{"primary-foreground", "primary-hover", 6, 7.5},
		{"primary-ink", "card", 4.5, 4.5},
		{"primary-ink", "primary-soft", 4.5, 4.5},
		{"destructive", "card", 4.5, 4.5},
		{"input", "card", 3, 3.1},
		{"input", "background", 3, 3.1},
		{"input", "popover", 3, 3},
		{"ring", "background", 4.2, 6.2},
		{"ring", "card", 4.2, 6.2},
		{"ring", "popover", 4.2, 6.2},
		{"ring", "sidebar", 4.2, 6.2},
		{"ring", "primary-soft", 4.2, 6.2},
		{"on-line", "card", 3.9, 4.5},
		{"off-line", "card", 3.9, 4.5},
		{"on-ink", "on", 7.3, 8.6},
		{"off-ink", "off", 7.3, 8.6},
		{"on-knob", "on", 3, 3},
	}
	for _, tone := range []string{"ok", "warn", "bad", "info", "plum", "dim"} {
		pairs = append(pairs, pair{tone, tone + "-fill", 6.6, 7.9}, pair{tone, "card", 4.5, 4.5})
		if tone != "plum" {
			pairs = append(pairs, pair{tone + "-solid", "card", 3, 3})
		}
	}
	for _, p := range pairs {
		l, d := light.contrast(t, p.ink, p.ground), dark.contrast(t, p.ink, p.ground)
		t.Logf("%s on %s: %.2f / %.2f", p.ink, p.ground, l, d)
		if l < p.minLight || d < p.minDark {
			t.Errorf("%s on %s: %.2f light, %.2f dark; at least %.1f, %.1f", p.ink, p.ground, l, d, p.minLight, p.minDark)
		}
	}
}
