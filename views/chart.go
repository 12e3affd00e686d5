package views

import (
	"slices"
	"strconv"
)

// Series is one kind of thing in a chart. Class paints it: s-acc, s-pen, s-exp (hatched), s-rev.
type Series struct{ Label, Class string }

// Bar is one column of a chart: its values in the order of the series.
type Bar struct {
	Label  string
	Values []int
}

func (b Bar) total() int {
	n := 0
	for _, v := range b.Values {
		n += v
	}
	return n
}

// ChartProps is a chart of stacked bars, readable as a table too.
type ChartProps struct {
	ID     string // unique in the page
	Title  string // what it shows, in words
	Corner string // head of the table's first column: "Week of"
	Series []Series
	Bars   []Bar
	// Line is drawn over the bars, if there is one: a value for each bar. Class paints it: l-bal.
	Line *ChartLine
	// Beside are figures that stand in the table alone.
	Beside []ChartLine
}

// ChartLine is a value for each bar of a chart.
type ChartLine struct {
	Label, Class string
	Values       []int
}

// sum is how much of one series the chart shows.
func (p ChartProps) sum(series int) int {
	n := 0
	for _, b := range p.Bars {
		n += b.Values[series]
	}
	return n
}

// lines are the figures of the table beside the bars': those of the line last.
func (p ChartProps) lines() []ChartLine {
	if p.Line == nil {
		return p.Beside
	}
	return append(slices.Clone(p.Beside), *p.Line)
}

// The drawing area in units of the view box, as in the design: 560 × 172.
const (
	chartLeft, chartRight, chartTop, chartBottom = 34.0, 560.0, 18.0, 146.0

	chartGap    = 1.5 // between the pieces of a bar
	widestBar   = 34.0
	fewBars     = 8 // more: every second label
	chartLines  = 3 // grid lines above zero
	labelMargin = 4.0
)

type chartLine struct{ y, label, text string }

type chartPiece struct{ class, x, y, width, height string }

type chartBar struct {
	pieces                     []chartPiece
	middle, totalY, total, tag string
}

type chartDrawing struct {
	lines []chartLine
	bars  []chartBar
	// path is that of the line over the bars, dots its corners.
	path, class string
	dots        []chartDot
}

type chartDot struct{ x, y string }

// draw computes where everything stands.
func (p ChartProps) draw() chartDrawing {
	highest := 0
	for _, b := range p.Bars {
		highest = max(highest, b.total())
	}
	if p.Line != nil {
		highest = max(highest, slices.Max(append([]int{0}, p.Line.Values...)))
	}
	step := niceStep(highest)
	top := float64(step * chartLines)
	y := func(v int) float64 { return chartBottom - float64(v)/top*(chartBottom-chartTop) }

	var d chartDrawing
	for i := range chartLines + 1 {
		d.lines = append(d.lines, chartLine{y: unit(y(i * step)), label: unit(y(i*step) + 3.5), text: strconv.Itoa(i * step)})
	}
	pitch := (chartRight - chartLeft - 8) / float64(max(len(p.Bars), 1))
	width := min(widestBar, pitch*.6)
	for i, b := range p.Bars {
		middle := chartLeft + 2 + pitch*(float64(i)+.5)
		bar := chartBar{middle: unit(middle)}
		reached := 0
		for s, v := range b.Values {
			if v == 0 {
				continue
			}
			reached += v
			bar.pieces = append(bar.pieces, chartPiece{
				class: p.Series[s].Class, x: unit(middle - width/2), y: unit(y(reached)), width: unit(width),
				height: unit(y(reached-v) - y(reached) - chartGap),
			})
		}
		if reached > 0 && p.Line == nil { // a line would cross them
			bar.total, bar.totalY = strconv.Itoa(reached), unit(y(reached)-labelMargin)
		}
		if len(p.Bars) <= fewBars || (len(p.Bars)-1-i)%2 == 0 {
			bar.tag = b.Label
		}
		d.bars = append(d.bars, bar)
		if p.Line != nil && i < len(p.Line.Values) {
			dot := chartDot{unit(middle), unit(y(p.Line.Values[i]))}
			d.class, d.dots = p.Line.Class, append(d.dots, dot)
			d.path += map[bool]string{true: "M", false: "L"}[i == 0] + dot.x + " " + dot.y
		}
	}
	return d
}

// niceStep is the distance of the grid lines: a round number, so that three of them hold the highest bar.
func niceStep(highest int) int {
	for power := 1; ; power *= 10 {
		for _, m := range []int{1, 2, 3, 4, 5, 6, 8} {
			if m*power*chartLines >= highest {
				return m * power
			}
		}
	}
}

// unit writes a length with at most one decimal.
func unit(f float64) string { return strconv.FormatFloat(float64(int(f*10+.5))/10, 'f', -1, 64) }
