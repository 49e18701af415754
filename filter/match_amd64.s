#include "textflag.h"

// func matchAVX2(line *[64]byte, x uint32) uint32
//
// Compares the 16 remainders with x, eight at a time.
TEXT ·matchAVX2(SB), NOSPLIT, $0-20
	MOVQ         line+0(FP), AX
	MOVL         x+8(FP), CX
	VMOVD        CX, X0
	VPBROADCASTD X0, Y0
	VPCMPEQD     (AX), Y0, Y1
	VPCMPEQD     32(AX), Y0, Y2
	VMOVMSKPS    Y1, CX
	VMOVMSKPS    Y2, DX
	SHLL         $8, DX
	ORL          DX, CX
	MOVL         CX, ret+16(FP)
	VZEROUPPER
	RET
