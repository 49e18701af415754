package main

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"math"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The picture's size, and the resolution of its PNG in dots per inch.
const (
	pictureWidth  = 34 * vg.Centimeter
	pictureHeight = 19 * vg.Centimeter
	pictureDPI    = 110
)

// leastPercent stands for none on a logarithmic axis: less than one password
// of the development corpora.
const leastPercent = 0.002

// palette are colors that are told apart by most people: Okabe and Ito, "Color
// universal design", 2008, and two grays.
var palette = []color.Color{
	color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0xd5, 0x5e, 0x00, 0xff}, color.RGBA{0x00, 0x9e, 0x73, 0xff},
	color.RGBA{0xcc, 0x79, 0xa7, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff}, color.RGBA{0x56, 0xb4, 0xe9, 0xff},
	color.RGBA{0x80, 0x00, 0x00, 0xff}, color.Gray{0x70}, color.Gray{0xa0}, color.RGBA{0x5d, 0x3a, 0x9b, 0xff},
	color.RGBA{0xf0, 0xe4, 0x42, 0xff},
}

func paint(i int) color.Color { return palette[i%len(palette)] }

// errNoCurve says what a picture needs.
var errNoCurve = errors.New("no curve to draw: want sets that must be refused and a set \"strong\" of at least 8 characters")

// drawCurve writes base.svg and base.png: all judges' catches against false
// rejects, and the profile default's of each set against the guesses required.
func drawCurve(base string, c *corpora, results []judged) error {
	if s := results[0].summary; len(s[groupStrong]) == 0 || math.IsNaN(s.attacks()) {
		return errNoCurve
	}
	p := newPicture(c, results)
	svg := vgsvg.New(pictureWidth, pictureHeight)
	p.draw(draw.New(svg))
	var text bytes.Buffer
	if _, err := svg.WriteTo(&text); err != nil {
		return err
	}
	// Arial has the same metrics where Liberation is not installed.
	alike := bytes.ReplaceAll(text.Bytes(), []byte("Liberation Sans"), []byte("Liberation Sans,Arial,Helvetica,sans-serif"))
	png := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(pictureWidth, pictureHeight), vgimg.UseDPI(pictureDPI))}
	p.draw(draw.New(png))
	var pixels bytes.Buffer
	if _, err := png.WriteTo(&pixels); err != nil {
		return err
	}
	return errors.Join(os.WriteFile(base+".svg", alike, 0o666), os.WriteFile(base+".png", pixels.Bytes(), 0o666))
}

// A picture is three plots: the comparison, and on its right the sets of the
// profile default above its false rejects.
type picture struct{ judges, sets, rejects *plot.Plot }

func newPicture(c *corpora, results []judged) picture {
	curve := steps(c, results[0])
	return picture{plotJudges(c, results), plotSets(c, results[0], curve), plotRejects(results[0], curve)}
}

func (p picture) draw(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	c = draw.Crop(c, vg.Centimeter/2, -vg.Centimeter/2, vg.Centimeter/2, -vg.Centimeter/2)
	width, height := c.Size().X, c.Size().Y
	left := draw.Crop(c, 0, -width*45/100, 0, 0)
	above := draw.Crop(c, width*58/100, 0, height*44/100, 0)
	below := draw.Crop(c, width*58/100, 0, 0, -height*59/100)
	p.judges.Draw(left)
	p.sets.Draw(above)
	p.rejects.Draw(below)
}

// newPlot returns a plot with a grid, in one sans-serif font.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding, p.X.Label.Padding, p.Legend.Padding = vg.Points(6), vg.Points(4), vg.Points(2)
	for style, size := range map[*draw.TextStyle]float64{
		&p.Title.TextStyle: 12, &p.X.Label.TextStyle: 10, &p.Y.Label.TextStyle: 10,
		&p.X.Tick.Label: 9, &p.Y.Tick.Label: 9, &p.Legend.TextStyle: 9,
	} {
		style.Font.Variant, style.Font.Size = "Sans", vg.Points(size)
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{0xe0}, color.Gray{0xe0}
	p.Add(grid)
	return p
}

// percentAxis is for the logarithms of percentages, from none to 100 %. (With
// plot.LogScale, the axis keeps room for its label in the wrong place.)
func percentAxis(a *plot.Axis) {
	a.Min, a.Max = visible(0), visible(100)
	ticks := plot.ConstantTicks{{Value: a.Min, Label: "none"}}
	for _, percent := range []float64{0.01, 0.1, 1, 10, 100} {
		ticks = append(ticks, plot.Tick{Value: visible(percent), Label: fmt.Sprintf("%g %%", percent)})
	}
	a.Tick.Marker = ticks
}

// catchAxis is for percentages refused of what must be refused.
func catchAxis(a *plot.Axis) {
	a.Min, a.Max = 0, 100
	var ticks plot.ConstantTicks
	for n := 0; n <= 100; n += 10 {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: strconv.Itoa(n) + " %"})
	}
	a.Tick.Marker = ticks
}

// The range of guesses that is drawn, as decimal logarithms.
const (
	drawnFrom = 4
	drawnTo   = 18
)

func guessesAxis(a *plot.Axis) {
	a.Min, a.Max = drawnFrom, drawnTo
	var ticks plot.ConstantTicks
	for n := drawnFrom; n <= drawnTo; n += 2 {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: power(float64(n))})
	}
	a.Tick.Marker = ticks
}

// power writes a number of guesses for people.
func power(log10 float64) string {
	return "10^" + strconv.FormatFloat(math.Round(10*log10)/10, 'f', -1, 64)
}

// visible returns a percentage's place on a logarithmic axis, the lowest for none.
func visible(percent float64) float64 { return math.Log10(max(percent, leastPercent)) }

// addLine adds a line to the plot and its legend. It goes in steps: between two
// thresholds nothing is promised.
func addLine(p *plot.Plot, name string, points plotter.XYs, style draw.LineStyle) {
	l := &plotter.Line{XYs: points, LineStyle: style, StepStyle: plotter.PostStep}
	p.Add(l)
	p.Legend.Add(name, l)
}

func solid(width float64, c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(width)}
}

func dashed(width float64, c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(width), Dashes: []vg.Length{vg.Points(4), vg.Points(3)}}
}

// plotJudges draws every judge's rule as a point, and its curve if it
// estimates guesses.
func plotJudges(c *corpora, results []judged) *plot.Plot {
	p := newPlot("Attacks caught against strong passwords refused",
		"strong passwords refused, mean of classes (log scale)", "attacks refused, mean of sets")
	percentAxis(&p.X)
	catchAxis(&p.Y)
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(-8), vg.Points(8)
	for i, r := range results {
		if r.missing != nil {
			continue
		}
		width := 1.2
		if i == 0 {
			width = 2.5
		}
		if r.required > 0 {
			mean, worst := judgeLines(steps(c, r))
			addLine(p, r.name+", by guesses required", mean, solid(width, paint(i)))
			if i == 0 {
				addLine(p, r.name+", against its worst class", worst, dashed(1, paint(i)))
			}
		}
		addPoint(p, r, paint(i), i == 0, crowded(r, results[:i]))
	}
	addMarks(p, c, results[0])
	return p
}

// judgeLines returns catches against mean false rejects and against those of
// the worst class.
func judgeLines(curve []step) (mean, worst plotter.XYs) {
	for _, s := range curve {
		y := s.attacks()
		mean = append(mean, plotter.XY{X: visible(s.mean(groupStrong).percent), Y: y})
		worst = append(worst, plotter.XY{X: visible(s.worst(groupStrong).percent()), Y: y})
	}
	return mean, worst
}

func (r judged) place() plotter.XY {
	return plotter.XY{X: visible(r.summary.mean(groupStrong).percent), Y: r.summary.attacks()}
}

// crowded reports whether the judge's place is that of one before.
func crowded(r judged, before []judged) bool {
	at := r.place()
	return slices.ContainsFunc(before, func(b judged) bool {
		other := b.place()
		return b.missing == nil && math.Abs(at.Y-other.Y) < 2 && math.Abs(at.X-other.X) < 0.3
	})
}

// addPoint marks where a judge's own rule lies, with its name beside or below.
func addPoint(p *plot.Plot, r judged, c color.Color, first, below bool) {
	at := plotter.XYs{r.place()}
	glyph := draw.GlyphStyle{Color: c, Radius: vg.Points(4), Shape: draw.CircleGlyph{}}
	text := r.name
	if first {
		glyph.Radius = vg.Points(6)
		text = fmt.Sprintf("%s, default: %s guesses", r.name, power(r.required))
	}
	p.Add(&plotter.Scatter{XYs: at, GlyphStyle: glyph})
	offset := vg.Point{X: vg.Points(8), Y: vg.Points(-3)}
	if at[0].X > visible(10) { // no room on the right
		offset.X = -vg.Points(8)
	}
	if below || first { // the curve leaves a place to the right
		offset.Y -= vg.Points(9)
	}
	addText(p, at[0], text, c, offset)
}

// addMarks writes thresholds along the curve of the profile default.
func addMarks(p *plot.Plot, c *corpora, r judged) {
	for n := drawnFrom; n <= drawnTo; n += 2 {
		s := stepAt(c, r, float64(n))
		at := plotter.XY{X: visible(s.mean(groupStrong).percent), Y: s.attacks()}
		if math.Abs(float64(n)-r.required) < 1 || at.X > visible(5) {
			continue // marked already, or too dense to read
		}
		glyph := draw.GlyphStyle{Color: paint(0), Radius: vg.Points(3), Shape: draw.RingGlyph{}}
		p.Add(&plotter.Scatter{XYs: plotter.XYs{at}, GlyphStyle: glyph})
		addText(p, at, power(float64(n)), paint(0), vg.Point{X: vg.Points(5), Y: vg.Points(-11)})
	}
}

func addText(p *plot.Plot, at plotter.XY, text string, c color.Color, offset vg.Point) {
	style := p.Legend.TextStyle
	style.Color = c
	if offset.X < 0 {
		style.XAlign = draw.XRight
	}
	p.Add(&plotter.Labels{XYs: plotter.XYs{at}, Labels: []string{text}, TextStyle: []draw.TextStyle{style}, Offset: offset})
}

// plotSets draws what the profile default refuses of each set that must be
// refused.
func plotSets(c *corpora, r judged, curve []step) *plot.Plot {
	p := newPlot("veto: attacks refused by guesses required", "", "refused, mean of classes")
	guessesAxis(&p.X)
	catchAxis(&p.Y)
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(-6), vg.Points(4)
	addRequired(p, r)
	i := 0
	for _, group := range groupsOf(c) {
		if !good(group) {
			addLine(p, group, byGuesses(curve, func(s step) float64 { return s.mean(group).percent }), solid(1.3, paint(i)))
			i++
		}
	}
	addLine(p, "mean of sets", byGuesses(curve, func(s step) float64 { return s.attacks() }), solid(2.5, color.Black))
	return p
}

// plotRejects draws what the profile default refuses of strong passwords.
func plotRejects(r judged, curve []step) *plot.Plot {
	p := newPlot("veto: strong passwords refused by guesses required", "guesses required", "refused (log scale)")
	guessesAxis(&p.X)
	percentAxis(&p.Y)
	p.Legend.Top, p.Legend.Left, p.Legend.XOffs, p.Legend.YOffs = true, true, vg.Points(6), vg.Points(-6)
	addRequired(p, r)
	for i, group := range []string{groupStrong, groupWithTerm} {
		if len(r.summary[group]) == 0 {
			continue
		}
		addLine(p, group+", mean", byGuesses(curve, func(s step) float64 { return visible(s.mean(group).percent) }), solid(2, paint(i)))
		addLine(p, group+", worst", byGuesses(curve, func(s step) float64 { return visible(s.worst(group).percent()) }), dashed(1.2, paint(i)))
	}
	return p
}

// byGuesses returns a figure of the steps in the range that is drawn.
func byGuesses(curve []step, figure func(step) float64) plotter.XYs {
	var points plotter.XYs
	for _, s := range curve {
		if s.required >= drawnFrom && s.required <= drawnTo {
			points = append(points, plotter.XY{X: s.required, Y: figure(s)})
		}
	}
	return points
}

// addRequired marks the guesses that the judge's own rule asks for.
func addRequired(p *plot.Plot, r judged) {
	line := plotter.XYs{{X: r.required, Y: p.Y.Min}, {X: r.required, Y: p.Y.Max}}
	addLine(p, "default: "+power(r.required), line, dashed(1.2, color.Gray{0x40}))
}
