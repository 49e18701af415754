#include "go_asm.h"
#include "textflag.h"

// What bytes are compared with: the first capital, letter and digit, how many letters and
// digits follow those, the way from a capital to its small letter, all bits but that of 2.
DATA bytes<>+0(SB)/1, $0x41
DATA bytes<>+1(SB)/1, $0x61
DATA bytes<>+2(SB)/1, $0x30
DATA bytes<>+3(SB)/1, $25
DATA bytes<>+4(SB)/1, $9
DATA bytes<>+5(SB)/1, $0x20
DATA bytes<>+6(SB)/1, $0xfd
GLOBL bytes<>(SB), RODATA|NOPTR, $7

// WITHIN finds the bytes of Y0 that are a first one or one of those that follow it: all
// bits of these are set in Y1.
#define WITHIN(first, follow) \
	VPBROADCASTB bytes<>+first(SB), Y1  \
	VPBROADCASTB bytes<>+follow(SB), Y2 \
	VPSUBB       Y1, Y0, Y1             \
	VPMINUB      Y2, Y1, Y2             \
	VPCMPEQB     Y1, Y2, Y1

// To shift 16 bytes by n, those from place n on say which to take.
DATA shift<>+0(SB)/8, $0x0706050403020100
DATA shift<>+8(SB)/8, $0x0f0e0d0c0b0a0908
DATA shift<>+16(SB)/8, $-1
DATA shift<>+24(SB)/8, $-1
GLOBL shift<>(SB), RODATA|NOPTR, $32

// func textPlacesAVX2(text []byte, p *places)
//
// Y0 has the text with zeros behind: its beginning and, where that ends, its end.
TEXT ·textPlacesAVX2(SB), NOSPLIT, $0-32
	MOVQ text_base+0(FP), SI
	MOVQ text_len+8(FP), CX
	MOVQ p+24(FP), DI
	LEAQ shift<>(SB), R9
	CMPQ CX, $16
	JA   long
	VMOVQ       (SI), X0
	VMOVQ       -8(SI)(CX*1), X1
	MOVQ        $16, R8
	SUBQ        CX, R8
	VPSHUFB     (R9)(R8*1), X1, X1
	VPUNPCKLQDQ X1, X0, X0
	JMP         loaded

long:
	VMOVDQU     (SI), X0
	VMOVDQU     -16(SI)(CX*1), X1
	MOVQ        $32, R8
	SUBQ        CX, R8
	VPSHUFB     (R9)(R8*1), X1, X1
	VINSERTI128 $1, X1, Y0, Y0

loaded:
	VPXOR    Y7, Y7, Y7
	VPCMPEQB Y8, Y8, Y8 // -1

	// Capitals, from which on Y0 has small letters.
	WITHIN(0, 3)
	VPMOVMSKB    Y1, R8
	VPBROADCASTB bytes<>+5(SB), Y2
	VPAND        Y2, Y1, Y1
	VPOR         Y1, Y0, Y0

	WITHIN(1, 3)
	VPMOVMSKB Y1, R9 // letters

	WITHIN(2, 4)
	VPMOVMSKB Y1, R10 // digits

	// Y3 has the character before each.
	VPERM2I128   $0x08, Y0, Y0, Y3
	VPALIGNR     $15, Y3, Y0, Y3
	VPSUBB       Y3, Y0, Y4
	VPCMPEQB     Y7, Y4, Y5
	VPMOVMSKB    Y5, R11 // repeats
	VPSUBB       Y8, Y4, Y4
	VPBROADCASTB bytes<>+6(SB), Y5
	VPAND        Y5, Y4, Y4
	VPCMPEQB     Y7, Y4, Y4
	VPMOVMSKB    Y4, R12 // ordered

	// None of the sets goes beyond n, and nothing is before the first.
	MOVL $1, AX
	SHLQ CX, AX
	DECQ AX
	MOVQ R9, DX
	ORQ  R10, DX
	NOTQ DX
	ANDQ AX, DX
	ANDQ $-2, AX
	ANDQ AX, R11
	ANDQ AX, R12
	MOVQ R8, places_capitals(DI)
	MOVQ R9, places_letters(DI)
	MOVQ R10, places_digits(DI)
	MOVQ DX, places_separators(DI)
	MOVQ R11, places_repeats(DI)
	MOVQ R12, places_ordered(DI)
	VZEROUPPER
	RET
