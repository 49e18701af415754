package engine

// route is the best way to a position on one scale as one number, so that the better of
// two is the lesser. It holds, from its highest bits on, what the way costs in all, of
// its last segment the kind, the start and the list, and the reasons that all its
// segments give for a low score.
type route int64

// Where the parts of a route begin. MaxLength costs of 250 bits each have room.
const (
	routeList  = 9 // in front of it the reasons, from firstBlame on
	routeStart = routeList + 16
	routeKind  = routeStart + 10
	routeCost  = routeKind + 4

	firstBlame = BannedTerm
	kindCodes  = 1 << (routeCost - routeKind)
	termCode   = kindCodes - 1 // the highest: behind all that was offered at the same cost
)

const (
	routeReasons = 1<<routeList - 1
	routeCosts   = ^route(0) << routeCost
	unreached    = route(1<<63 - 1)
)

// kindRoutes has for each kind of segment what it adds to a route, and the parts of a
// route that it is compared with: what was offered first stays, but of terms that are
// equally good the first by position and list, so that the answer does not depend on the
// order in which they are found.
var kindRoutes = func() (t [kindCodes]struct{ adds, compared route }) {
	for kind := range t[:kindCount] {
		t[kind].adds, t[kind].compared = route(kind)<<routeKind, routeCosts
		if r := kindTable[kind].reason; r != LowScore {
			t[kind].adds |= 1 << (r - firstBlame)
		}
	}
	t[KindTerm].adds, t[KindTerm].compared = t[KindTerm].adds|termCode<<routeKind, -1
	return
}()

// last returns the last segment.
func (r route) last() pointStep {
	kind := Kind(r >> routeKind & termCode)
	if kind == termCode {
		kind = KindTerm
	}
	return pointStep{uint16(r >> routeStart & (1<<(routeKind-routeStart) - 1)), kind, uint16(r >> routeList)}
}

// blame returns the reasons of a way that costs less than is required: that it does, and
// what its segments are. It returns none, without a branch, of one that costs enough.
func (r route) blame(required Guesses) Reasons {
	low := Reasons((int64(r>>routeCost) - int64(required)) >> 63)
	return low & (1<<LowScore | Reasons(r&routeReasons)<<firstBlame)
}

// route returns what a segment adds to a route beside its cost.
func (p pointStep) route() route {
	return route(p.start)<<routeStart | route(p.list)<<routeList | kindRoutes[p.kind%kindCodes].adds
}

// character is route of position i as a character.
func character(i int) route { return route(i) << routeStart }

// by returns r with a segment that costs that much.
func (r route) by(segment route, cost Guesses) route {
	return (r&(routeCosts|routeReasons) | segment) + route(cost)<<routeCost
}

// offer makes r another route if that is less than some parts of r: without a branch,
// which would be hard to predict.
func (r *route) offer(other, parts route) {
	best := *r
	if other < best&parts {
		best = other
	}
	*r = best
}
