#include "go_asm.h"
#include "textflag.h"

// Of four cells in a row: their codes, then their flags.
DATA cells<>+0(SB)/8, $(0x0c0804000c080400 + 0x01010101*(cell_code-cell_flags))
DATA cells<>+8(SB)/8, $0x8080808080808080
DATA cells<>+16(SB)/8, $(0x0c0804000c080400 + 0x01010101*(cell_code-cell_flags))
DATA cells<>+24(SB)/8, $0x8080808080808080
GLOBL cells<>(SB), RODATA|NOPTR, $32

// Where the fours stand.
DATA fours<>+0(SB)/8, $0x0000000400000000
DATA fours<>+8(SB)/8, $0x0000000600000002
DATA fours<>+16(SB)/8, $0x0000000500000001
DATA fours<>+24(SB)/8, $0x0000000700000003
GLOBL fours<>(SB), RODATA|NOPTR, $32

DATA places<>+0(SB)/8, $0x0706050403020100
DATA places<>+8(SB)/8, $0x0f0e0d0c0b0a0908
GLOBL places<>(SB), RODATA|NOPTR, $16

// What makes the order of the first eight codes one of sixteen, and that of the last
// eight.
DATA lower<>+0(SB)/8, $0
DATA lower<>+8(SB)/8, $0x8080808080808080
GLOBL lower<>(SB), RODATA|NOPTR, $16
DATA upper<>+0(SB)/8, $0x0808080808080808
DATA upper<>+8(SB)/8, $0x8080808080808080
GLOBL upper<>(SB), RODATA|NOPTR, $16

// As many marks as are read from its middle back.
DATA marks<>+0(SB)/8, $0x8080808080808080
DATA marks<>+8(SB)/8, $0x8080808080808080
DATA marks<>+16(SB)/8, $0
DATA marks<>+24(SB)/8, $0
GLOBL marks<>(SB), RODATA|NOPTR, $32

// STORE stores sixteen codes with none before and behind; Y7 is 0.
#define STORE(codes, block) \
	VPERMQ   $0x50, codes, codes     \
	VPBLENDD $0x3c, codes, Y7, codes \
	VMOVDQU  codes, block(DI)

// func readAVX2(s *headSets, cells *cell, n int, orders *[256]uint64)
TEXT ·readAVX2(SB), NOSPLIT, $0-32
	MOVQ s+0(FP), DI
	MOVQ cells+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ orders+24(FP), DX

	// The codes and flags of sixteen cells.
	MOVL         $cell__size, AX
	VMOVD        AX, X1
	VPBROADCASTD X1, Y1
	VPMOVZXBD    places<>(SB), Y0
	VPMULLD      Y1, Y0, Y1
	VPXOR        Y7, Y7, Y7
	VPXOR        Y2, Y2, Y2
	VPXOR        Y3, Y3, Y3
	VPCMPEQD     Y4, Y4, Y4
	VPGATHERDD   Y4, cell_flags(SI)(Y1*1), Y2
	VPCMPEQD     Y4, Y4, Y4
	VPGATHERDD   Y4, (cell_flags+8*cell__size)(SI)(Y1*1), Y3
	VPSHUFB      cells<>(SB), Y2, Y2
	VPSHUFB      cells<>(SB), Y3, Y3
	VPUNPCKLQDQ  Y3, Y2, Y2
	VMOVDQU      fours<>(SB), Y3
	VPERMD       Y2, Y3, Y2
	VEXTRACTI128 $1, Y2, X3

	// What may be passed over, but for the last.
	LEAQ    marks<>(SB), BX
	SUBQ    CX, BX
	VPSLLW  $5, X3, X4
	VPSLLW  $2, X3, X5
	VPOR    X4, X5, X5
	VPAND   17(BX), X5, X5
	VPOR    X5, X2, X5

	// The order without what is between.
	VPSLLW       $1, X3, X3
	VPMOVMSKB    X3, AX
	MOVBLZX      AL, BX
	MOVBLZX      AH, CX
	VMOVQ        (DX)(BX*8), X0
	VMOVQ        (DX)(CX*8), X1
	VPOR         lower<>(SB), X0, X0
	VPOR         upper<>(SB), X1, X1
	POPCNTL      BX, BX
	SUBL         $8, BX
	VMOVD        BX, X3
	VPBROADCASTB X3, X3
	VMOVDQU      places<>(SB), X4
	VPADDB       X3, X4, X3
	VPSHUFB      X3, X1, X1
	VPMAXSB      X1, X0, X0
	VPSHUFB      X0, X5, X5
	VPMOVZXBW    X0, Y0

	VMOVDQU Y0, headSets_kept(DI)
	STORE(Y2, headSets_all)
	STORE(Y5, headSets_bare)
	VZEROUPPER
	RET
