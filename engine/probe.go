package engine

// probe is a text as candidates are compared with it.
type probe struct {
	text
	known uint64 // the bytes that are compared
	must  uint64 // those of letters that candidates have
}

// probed is how many candidates are compared at once. So many stand behind the last one.
const probed = 8

// stand returns the set of the candidates that may stand in a text.
func (p *probe) stand(c []candidate) (set uint64) {
	for i := range c {
		mask := c[i].mask()
		set |= isNone(p.wrong(c[i].codes, c[i].signs)&p.known&mask|p.must&^mask) << i
	}
	return set
}
