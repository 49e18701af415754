#include "go_asm.h"
#include "textflag.h"

// CLEAR clears 32 bytes at a place, CLEAR4 128.
#define CLEAR(at)  VMOVDQU Y0, (at)(DI)
#define CLEAR4(at) \
	CLEAR(at)      \
	CLEAR(at+32)   \
	CLEAR(at+64)   \
	CLEAR(at+96)

// CLEAR17 clears 17 elements of 32 bytes.
#define CLEAR17(at) \
	CLEAR4(at)      \
	CLEAR4(at+128)  \
	CLEAR4(at+256)  \
	CLEAR4(at+384)  \
	CLEAR(at+512)

// LAST clears the last 32 bytes of what ends in front of a place.
#define LAST(end)  CLEAR(end-32)

#define cells scratch_lat+lattice_cells
#define places scratch_lat+lattice_places
#define bytes scratch_lat+lattice_packed+const_packedFront
#define ways  scratch_score+scorer_ways
#define heads scratch_heads+headSets_sets
#define bare  scratch_heads+headSets_bare+const_packedFront
#define kept  scratch_heads+headSets_kept
#define path  scratch_walk+walker_path
#define sums  scratch_keys+keys_sums

// func wipeFewAVX2(sc *scratch)
TEXT ·wipeFewAVX2(SB), NOSPLIT, $0-8
	MOVQ  sc+0(FP), DI
	VPXOR Y0, Y0, Y0
	CLEAR17(cells)
	CLEAR(places)
	LAST(places+places__size)
	CLEAR(bytes+packed_codes)
	CLEAR(bytes+packed_signs)
	CLEAR(bytes+packed_kinds)
	CLEAR4(ways)
	CLEAR4(ways+128)
	CLEAR4(ways+256)
	LAST(ways+const_fewPositions*way__size)
	CLEAR(heads)
	CLEAR(heads+32)
	LAST(heads+8*const_headKinds)
	CLEAR(bare)
	CLEAR(kept)
	LAST(kept+2*const_fewPositions)
	CLEAR(path)
	LAST(path+2*const_fewPositions)
	CLEAR4(scratch_hits)
	CLEAR17(sums)
	VZEROUPPER
	RET
