package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/vetopw/veto/filter"
)

// A breach is what is measured of the index of one set of hashes.
type breach struct {
	hashes  hashSet
	self    string // this program
	veto    string // the program veto
	hibp    hibp
	folder  string // for what is made on the way
	piped   bool   // the text goes through a pipe, no peers
	rounds  int    // of lookups
	imports int    // rounds of imports
	misses  int    // digests to ask for false positives
	stdout  io.Writer
	targets []target

	interrupted context.Context // ends all processes
}

// A target is printed at the end, beside the figure.
type target struct {
	what, figure string
	met          bool
}

func (b *breach) aim(met bool, what, figure string, values ...any) {
	b.targets = append(b.targets, target{what, fmt.Sprintf(figure, values...), met})
}

func runBreach(args []string, stdout io.Writer) error {
	f := newFlags("breach")
	b := breach{stdout: stdout}
	b.hashes.flags(f)
	f.StringVar(&b.veto, "veto", "../bin/veto", "the `program` veto")
	f.StringVar((*string)(&b.hibp), "hibp", os.Getenv("HIBP"), "`folder` with hibp-convert and hibp-search, from $HIBP")
	dir := f.String("dir", os.TempDir(), "`folder` for temporary files, about 120 bytes a hash")
	f.BoolVar(&b.piped, "pipe", false, "no text on disk and no peers, for the largest sets: about 10 bytes a hash")
	f.IntVar(&b.rounds, "rounds", 9, "rounds of lookups")
	f.IntVar(&b.imports, "imports", 3, "rounds of imports")
	f.IntVar(&b.misses, "misses", 1e8, "digests asked that are not in the set")
	if err := parse(f, args, stdout, 0, limit{flag: "keys", least: 1000}, limit{flag: "rounds", least: 1}, limit{flag: "imports", least: 1}, limit{flag: "misses", least: 1}); err != nil {
		return err
	}
	if b.hashes.shuffled {
		return wrongUsage("breach: -shuffled is for hashes; here they are measured in both orders")
	}
	var err error
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	return scratch(*dir, func(ctx context.Context, folder string) error {
		b.interrupted, b.folder = ctx, folder
		return b.run()
	})
}

func (b *breach) run() error {
	kind := "SHA-1"
	if b.hashes.ntlm {
		kind = "NTLM"
	}
	printHeader(b.stdout, fmt.Sprintf("Breach index: %d %s hashes", b.hashes.keys, kind))
	// Imports first: Linux counts what this process holds in their peak memory.
	if err := b.compareImports(); err != nil {
		return err
	}
	if err := printCold(b.interrupted, b.stdout, b.self, b.index(), b.hashes); err != nil {
		return err
	}
	set, err := filter.Open(b.index())
	if err != nil {
		return err
	}
	defer set.Close()
	b.printSize(set.Info())
	if err := b.compareLookups(set); err != nil {
		return err
	}
	if err := b.printExact(set); err != nil {
		return err
	}
	for _, t := range b.targets {
		printTarget(b.stdout, t.what, t.figure, t.met)
	}
	return nil
}

func (b *breach) path(name string) string { return filepath.Join(b.folder, name) }
func (b *breach) index() string           { return b.path("index") }

// source returns the command that prints a set as text.
func (b *breach) source(s hashSet) []string {
	return append([]string{b.self, "hashes"}, s.arguments()...)
}

// compile returns an importer of the text, or if not nil of what source prints.
func (b *breach) compile(name, out string, source []string, flags ...string) importer {
	text := b.path("text")
	if source != nil {
		text = "-"
	}
	command := append([]string{b.veto, "compile", "-o", b.path(out)}, flags...)
	return importer{name: name, command: append(command, text), stdin: source, out: b.path(out), once: source != nil}
}

// compareImports leaves the index behind.
func (b *breach) compareImports() error {
	if b.piped {
		return b.printImports([]importer{b.compile("veto compile from a pipe", "index", b.source(b.hashes))})
	}
	text := b.path("text")
	generator := importer{command: append(b.source(b.hashes), "-o", text)}
	if _, err := generator.run(b.interrupted); err != nil {
		return err
	}
	info, err := os.Stat(text)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.stdout, "text of %.1f bytes a line, %s of all importers in turn\n", float64(info.Size())/float64(b.hashes.keys), plural(b.imports, "round"))
	shuffled := b.hashes
	shuffled.shuffled = true
	importers := []importer{
		{name: "read only", command: []string{b.self, importRead, text}},
		b.compile("veto compile", "index", nil),
		b.compile("veto compile --ranges", "ranges", nil, "--ranges"),
		b.compile("veto compile, unsorted, once", "unsorted", b.source(shuffled)),
		{name: "naive Go, once", command: []string{b.self, importNaive, text}, once: true},
	}
	if err := b.hibp.check(); err != nil {
		fmt.Fprintf(b.stdout, "hibp-convert and hibp-search are absent: %v\n\n", err)
		return b.printImports(importers)
	}
	fmt.Fprintln(b.stdout)
	if err := b.printImports(append(importers, b.hibp.importer(b.hashes, text, b.path("hibp")))); err != nil {
		return err
	}
	if err := b.hibp.printSearch(b.interrupted, b.stdout, b.hashes, b.path("hibp")); err != nil {
		return err
	}
	// Their pages in memory shall not push the index out.
	return errors.Join(os.Remove(text), os.Remove(b.path("hibp")), os.Remove(b.path("unsorted")), os.Remove(b.path("ranges")))
}

func (b *breach) printImports(importers []importer) error {
	usages, err := compareImporters(b.interrupted, importers, b.imports)
	if err != nil {
		return err
	}
	if err := printImports(b.stdout, importers, usages, b.hashes.keys); err != nil {
		return err
	}
	veto, last := usages[0], usages[len(usages)-1]
	if len(usages) > 1 {
		veto = usages[1]
		ratio := float64(veto.cpu()) / float64(last.cpu())
		b.aim(ratio <= 0.6, "import at most 0.6 x "+importers[len(importers)-1].name, "%.2f x", ratio)
	}
	b.aim(veto.peak <= 512e6, "peak memory of an import at most 512 MB", "%.0f MB", float64(veto.peak)/1e6)
	return nil
}

func (b *breach) printSize(info filter.Info) {
	t := newTable("section", "MB", "bytes a key")
	for _, s := range info.Sections {
		t.row(s.Name, fmt.Sprintf("%.1f", float64(s.Bytes)/1e6), fmt.Sprintf("%.3f", float64(s.Bytes)/float64(info.Keys)))
	}
	bloom := 0.0
	for _, s := range info.Sections {
		if s.Name == "bloom" {
			bloom = float64(s.Bytes) / float64(info.Keys)
		}
	}
	b.aim(bloom <= 2, "Bloom filter at most 2 bytes a key", "%.2f", bloom)
	b.aim(info.BytesPerKey-bloom <= 6, "the rest at most 6 bytes a key", "%.2f", info.BytesPerKey-bloom)
	t.row("file", fmt.Sprintf("%.1f", float64(info.Bytes)/1e6), fmt.Sprintf("%.3f", info.BytesPerKey))
	t.print(b.stdout)
}

// compareLookups asks the mapped index, the same in memory, and the peers.
func (b *breach) compareLookups(mapped *filter.Set) error {
	loaded, err := filter.Open(b.index())
	if err != nil {
		return err
	}
	defer loaded.Close()
	if err := errors.Join(loaded.Preload(), loaded.PreloadBloom()); err != nil {
		return err
	}
	q := newStocks(b.hashes)
	lookups := b.lookups(q, mapped, loaded)
	if !b.piped {
		peers, err := lookupPeers(b.hashes, q, b.bloomRate(mapped))
		if err != nil {
			return err
		}
		lookups = append(lookups, peers...)
	}
	runtime.GC()
	timings, err := compareLookups(lookups, b.rounds)
	if err != nil {
		return err
	}
	fmt.Fprintf(b.stdout, "%s of all lookups in turn, each turn asks %d digests not asked before\n\n", plural(b.rounds, "round"), turn)
	printLookups(b.stdout, lookups, timings)
	b.aimLookups(lookups, timings)
	return nil
}

// Names of lookups that have targets.
const (
	vetoLookup    = "veto"
	vetoBloom     = "veto, Bloom filter alone"
	hashedLookup  = " + veto" // behind the kind of hash
	hashedBatches = " + veto, batches of 16"
	sortSearch    = "sort.Search over []uint64"
	peerBloom     = "bits-and-blooms/bloom/v3 Test"
)

// aimLookups compares with the targets, which are for 10^8 and 10^9 keys.
func (b *breach) aimLookups(lookups []lookup, timings []lookupTiming) {
	by := map[string]lookupTiming{}
	for i, l := range lookups {
		by[l.name] = timings[i]
	}
	most := func(name string, limit float64) {
		if m, ok := by[name]; ok {
			x := max(m.hit, m.miss) / timings[0].hit
			b.aim(x <= limit, fmt.Sprintf("%s at most %.1f x SHA-1, hit and miss", name, limit), "%.2f x", x)
		}
	}
	if b.hashes.keys < 5e8 {
		most(vetoLookup, 1.2)
	} else {
		most("SHA-1"+hashedLookup, 4.2)
		most("SHA-1"+hashedBatches, 2)
	}
	faster := func(name, peer string, least float64) {
		if m, ok := by[peer]; ok {
			x := min(m.hit/by[name].hit, m.miss/by[name].miss)
			b.aim(x >= least, fmt.Sprintf("%s at least %.0f x faster than %s, hit and miss", name, least, peer), "%.1f x", x)
		}
	}
	faster(vetoLookup, sortSearch, 10)
	faster(vetoBloom, peerBloom, 6)
}

func (b *breach) lookups(q *stocks, mapped, loaded *filter.Set) []lookup {
	size := b.hashes.size()
	both := func(name string, contains func([]byte) bool) lookup {
		return lookup{name: name, hits: ask(contains, &q.hits, size), misses: ask(contains, &q.misses, size)}
	}
	hash, name := hashSHA1, "SHA-1"
	if b.hashes.ntlm {
		hash, name = hashNTLM, "NTLM"
	}
	hashed := func([]byte) bool { return true }
	return []lookup{
		{name: "SHA-1 of 12 bytes", hits: askWords(hashSHA1, hashed, &q.hitWords, size)},
		{name: "NTLM of 12 characters", hits: askWords(hashNTLM, hashed, &q.hitWords, size)},
		both(vetoLookup, loaded.Contains),
		{name: "veto, batches of 16", hits: askTogether(loaded, &q.hits, size), misses: askTogether(loaded, &q.misses, size)},
		{name: "veto, each after the one before", hits: askInTurn(loaded, &q.hits, size)},
		both("veto, mapped: Bloom filter first", mapped.Contains),
		both(vetoBloom, loaded.MayContain),
		{name: name + hashedLookup, hits: askWords(hash, loaded.Contains, &q.hitWords, size),
			misses: askWords(hash, loaded.Contains, &q.missedWords, size)},
		{name: name + hashedBatches, hits: askWordsTogether(hash, loaded, &q.hitWords, size),
			misses: askWordsTogether(hash, loaded, &q.missedWords, size)},
	}
}

// bloomRate measures the false-positive rate of the index's Bloom filter.
func (b *breach) bloomRate(set *filter.Set) float64 {
	const asked = 4e6
	found := 0
	miss := b.hashes.misses(3)
	for range int(asked) {
		if d := miss(); set.MayContain(d[:b.hashes.size()]) {
			found++
		}
	}
	return max(float64(found), 1) / asked
}

// printExact asks for every hash of the set and for as many others as wanted.
func (b *breach) printExact(set *filter.Set) error {
	missing, wrong := 0, 0
	for r := range b.hashes.all() {
		class, ok := set.Count(r.digest[:b.hashes.size()])
		if !ok {
			missing++
		} else if class != filter.PrevalenceOf(r.count) {
			wrong++
		}
	}
	fmt.Fprintf(b.stdout, "all %d hashes of the set asked: %d not found, %d with the wrong prevalence\n", b.hashes.keys, missing, wrong)
	found, maybe := b.askMisses(set)
	b.aim(found == 0, "no false positive in 10^8 misses", "%d in %d", found, b.misses)
	fmt.Fprintf(b.stdout, "%d other digests asked: %d found; the Bloom filter alone has %d, %.2g of them\n\n",
		b.misses, found, maybe, float64(maybe)/float64(b.misses))
	if missing+wrong > 0 {
		return errors.New("the index answers wrongly")
	}
	return nil
}

// askMisses counts false positives on all processors.
func (b *breach) askMisses(set *filter.Set) (found, maybe int) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wait.Go(func() {
			miss := b.hashes.misses(uint64(16 + w))
			exact, bloom := 0, 0
			for i := w; i < b.misses; i += workers {
				d := miss()
				if set.MayContain(d[:b.hashes.size()]) {
					bloom++
				}
				if set.Contains(d[:b.hashes.size()]) {
					exact++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			found, maybe = found+exact, maybe+bloom
		})
	}
	wait.Wait()
	return found, maybe
}
