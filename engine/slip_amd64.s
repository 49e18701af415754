#include "go_asm.h"
#include "textflag.h"

// WRONG finds the letters, whose codes and signs are in Y11 and Y12, that a text cannot
// have. Of signs below 0 others are right, too.
#define WRONG(codes, signs, below, wrong) \
	VPXOR  signs, Y12, wrong   \
	VPANDN wrong, below, wrong \
	VPXOR  codes, Y11, Y15     \
	VPOR   Y15, wrong, wrong

// FOUR finds those of four candidates that stand in the text with an edit. Y0 to Y2 have
// the text, Y3 to Y5 the same from its next position on, Y6 -1, Y7 0.
#define FOUR(at, set) \
	VMOVDQU     (at+0*candidate__size)(SI), X8         \
	VMOVDQU     (at+1*candidate__size)(SI), X9         \
	VINSERTI128 $1, (at+2*candidate__size)(SI), Y8, Y8 \
	VINSERTI128 $1, (at+3*candidate__size)(SI), Y9, Y9 \
	VPUNPCKLQDQ Y9, Y8, Y11        \ // codes
	VPUNPCKHQDQ Y9, Y8, Y12        \ // signs
	VPCMPEQB    Y7, Y11, Y13       \ // where there is no letter
	WRONG(Y0, Y1, Y2, Y8)          \
	WRONG(Y3, Y4, Y5, Y9)          \ // further
	VPSRLQ    $8, Y11, Y11         \
	VPSRLQ    $8, Y12, Y12         \
	VPCMPEQB  Y7, Y11, Y14         \ // the same without the first letter
	WRONG(Y0, Y1, Y2, Y10)         \ // nearer
	VPANDN    Y8, Y13, Y8          \
	VPCMPEQB  Y7, Y8, Y8           \
	VPSUBQ    Y6, Y8, Y11          \
	VPANDN    Y11, Y8, Y11         \
	VPXOR     Y6, Y8, Y8           \ // letters that are not right
	VPSLLQ    $8, Y11, Y12         \
	VPSUBQ    Y11, Y12, Y12        \ // the first of them
	VPADDQ    Y6, Y11, Y11         \ // those in front
	VPOR      Y9, Y10, Y15         \ // crossed
	VPANDN    Y9, Y13, Y9          \
	VPANDN    Y11, Y14, Y13        \
	VPANDN    Y9, Y13, Y9          \
	VPCMPEQQ  Y7, Y9, Y9           \ // one too many
	VPANDN    Y10, Y14, Y10        \
	VPANDN    Y10, Y11, Y10        \
	VPCMPEQQ  Y7, Y10, Y10         \ // one missing
	VPOR      Y10, Y9, Y9          \
	VPCMPEQQ  Y8, Y12, Y10         \ // one changed
	VPOR      Y10, Y9, Y9          \
	VPSLLQ    $40, Y11, Y10        \
	VPAND     Y10, Y9, Y9          \ // behind three
	VPAND     Y12, Y15, Y15        \
	VPSLLQ    $8, Y12, Y14         \
	VPOR      Y12, Y14, Y14        \
	VPANDN    Y8, Y14, Y14         \
	VPOR      Y14, Y15, Y15        \
	VPCMPEQQ  Y7, Y15, Y15         \ // two swapped
	VPSLLQ    $48, Y11, Y11        \
	VPAND     Y11, Y15, Y15        \ // behind two
	VPOR      Y15, Y9, Y9          \
	VMOVMSKPD Y9, set

// func slipsAVX2(t *slipText, c *candidate, n int) uint64
TEXT ·slipsAVX2(SB), NOSPLIT, $0-32
	MOVQ         t+0(FP), DI
	MOVQ         c+8(FP), SI
	MOVQ         n+16(FP), DX
	VPBROADCASTQ slipText_here+text_codes(DI), Y0
	VPBROADCASTQ slipText_here+text_signs(DI), Y1
	VPBROADCASTQ slipText_next+text_codes(DI), Y3
	VPBROADCASTQ slipText_next+text_signs(DI), Y4
	VPCMPEQB     Y6, Y6, Y6
	VPXOR        Y7, Y7, Y7
	VPCMPGTB     Y1, Y7, Y2
	VPCMPGTB     Y4, Y7, Y5
	XORL         R8, R8
	XORL         CX, CX

eight:
	FOUR(0, AX)
	FOUR(4*candidate__size, BX)
	SHLL         $4, BX
	ORL          BX, AX
	SHLQ         CX, AX
	ORQ          AX, R8
	ADDQ         $(8*candidate__size), SI
	ADDQ         $8, CX
	CMPQ         DX, CX
	JHI          eight
	VZEROUPPER
	MOVQ         R8, ret+24(FP)
	RET
