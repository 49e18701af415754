package engine

import (
	"testing"

	"pgregory.net/rapid"
)

// TestRoute compares routes with what they hold, kept apart: the lesser cost is the
// better way, and of equal ones the first, but of terms that by position and list.
func TestRoute(t *testing.T) {
	type segment struct {
		pointStep
		cost    Guesses
		reasons Reasons
	}
	const most = 250 * bit * MaxLength
	rapid.Check(t, func(t *rapid.T) {
		best, want := unreached, segment{cost: 1<<63>>routeCost - 1}
		from := map[uint16]segment{}
		for range rapid.IntRange(1, 8).Draw(t, "segments") {
			st := pointStep{
				start: uint16(rapid.SampledFrom([]int{0, 1, 2, MaxLength - 1}).Draw(t, "start")),
				kind:  Kind(rapid.IntRange(0, int(kindCount)-1).Draw(t, "kind")),
				list:  uint16(rapid.SampledFrom([]int{0, 1, maxLists}).Draw(t, "list")),
			}
			f, ok := from[st.start]
			if !ok {
				kinds := rapid.SliceOf(rapid.IntRange(0, int(kindCount)-1)).Draw(t, "kinds")
				for _, k := range kinds {
					f.reasons |= Reasons(0).With(kindTable[k].reason)
				}
				f.cost = Guesses(rapid.SampledFrom([]int{-bit, 0, bit}).Draw(t, "cost in front"))
				from[st.start] = f
			}
			cost := Guesses(rapid.SampledFrom([]int{0, bit, 2 * bit, most}).Draw(t, "cost"))
			in := route(f.cost)<<routeCost | route(f.reasons>>firstBlame)&routeReasons
			best.offer(in.by(st.route(), cost), kindRoutes[st.kind].compared)
			next := segment{st, f.cost + cost, f.reasons.With(kindTable[st.kind].reason)}
			first := st.start < want.start || st.start == want.start && st.list < want.list
			if next.cost < want.cost || next.cost == want.cost && st.kind == KindTerm && want.kind == KindTerm && first {
				want = next
			}
		}
		if got := best.last(); got != want.pointStep || Guesses(best>>routeCost) != want.cost {
			t.Fatalf("%+v at %d, want %+v", got, best>>routeCost, want)
		}
		if got := best.blame(want.cost + 1); got != want.reasons.With(LowScore) {
			t.Fatalf("blames %b, want %b", got, want.reasons)
		}
		if got := best.blame(want.cost); got != 0 {
			t.Fatalf("blames %b for what is enough", got)
		}
	})
}

// TestCaseCost compares the costs in the table with those of any number of letters.
func TestCaseCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scorer{lat: new(lattice)}
		s.lat.load([]byte(rapid.StringMatching(`[a-zA-Z0-9ßÄñ]{1,40}`).Draw(t, "password")), Default)
		end := rapid.IntRange(1, s.lat.n).Draw(t, "end")
		start := rapid.IntRange(0, end-1).Draw(t, "start")
		if got, want := s.caseCost(start, end), s.lat.caseCost(start, end); got != want {
			t.Fatalf("%d from %d to %d, want %d", got, start, end, want)
		}
	})
}
