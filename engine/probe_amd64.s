#include "go_asm.h"
#include "textflag.h"

// FOUR tells which of four candidates may stand in the text, as bits of AX: in Y6 and Y7
// are codes and signs of each, then in Y8 the codes and in Y7 the signs of all.
#define FOUR(at) \
	VMOVDQU     (at+0*candidate__size)(SI), X6         \
	VMOVDQU     (at+1*candidate__size)(SI), X7         \
	VINSERTI128 $1, (at+2*candidate__size)(SI), Y6, Y6 \
	VINSERTI128 $1, (at+3*candidate__size)(SI), Y7, Y7 \
	VPUNPCKLQDQ Y7, Y6, Y8 \
	VPUNPCKHQDQ Y7, Y6, Y7 \
	VPXOR       Y0, Y8, Y6 \
	VPXOR       Y1, Y7, Y7 \
	VPANDN      Y7, Y2, Y7 \
	VPOR        Y7, Y6, Y6 \
	VPAND       Y3, Y6, Y6 \
	VPCMPEQB    Y5, Y8, Y8 \ // where there is no letter
	VPANDN      Y6, Y8, Y6 \
	VPAND       Y4, Y8, Y8 \
	VPOR        Y8, Y6, Y6 \
	VPCMPEQQ    Y5, Y6, Y6 \
	VMOVMSKPD   Y6, AX

// func standAVX2(p *probe, c *candidate, n int) uint64
//
// Most texts have at most eight candidates.
TEXT ·standAVX2(SB), NOSPLIT, $0-32
	MOVQ         p+0(FP), DI
	MOVQ         c+8(FP), SI
	MOVQ         n+16(FP), DX
	VPBROADCASTQ (probe_text+text_codes)(DI), Y0
	VPBROADCASTQ (probe_text+text_signs)(DI), Y1
	VPBROADCASTQ probe_known(DI), Y3
	VPBROADCASTQ probe_must(DI), Y4
	VPXOR        Y5, Y5, Y5
	VPCMPGTB     Y1, Y5, Y2 // signs below 0, of which others are right, too
	FOUR(0)
	MOVQ         AX, BX
	FOUR(4*candidate__size)
	SHLQ         $4, AX
	ORQ          AX, BX
	MOVQ         $8, CX
	CMPQ         DX, CX
	JHI          more

done:
	VZEROUPPER
	MOVQ BX, ret+24(FP)
	RET

more:
	FOUR(8*candidate__size)
	SHLQ CX, AX
	ORQ  AX, BX
	ADDQ $(4*candidate__size), SI
	ADDQ $4, CX
	CMPQ DX, CX
	JHI  more
	JMP  done
