#include "go_asm.h"
#include "textflag.h"

// What bytes are compared with, each 32 times.
DATA bytes<>+0(SB)/8, $0x4141414141414141 // A
DATA bytes<>+8(SB)/8, $0x4141414141414141
DATA bytes<>+16(SB)/8, $0x4141414141414141
DATA bytes<>+24(SB)/8, $0x4141414141414141
DATA bytes<>+32(SB)/8, $0x1919191919191919 // 25
DATA bytes<>+40(SB)/8, $0x1919191919191919
DATA bytes<>+48(SB)/8, $0x1919191919191919
DATA bytes<>+56(SB)/8, $0x1919191919191919
DATA bytes<>+64(SB)/8, $0x2020202020202020 // of a capital, to its small letter
DATA bytes<>+72(SB)/8, $0x2020202020202020
DATA bytes<>+80(SB)/8, $0x2020202020202020
DATA bytes<>+88(SB)/8, $0x2020202020202020
DATA bytes<>+96(SB)/8, $0x6161616161616161 // a
DATA bytes<>+104(SB)/8, $0x6161616161616161
DATA bytes<>+112(SB)/8, $0x6161616161616161
DATA bytes<>+120(SB)/8, $0x6161616161616161
DATA bytes<>+128(SB)/8, $0x3030303030303030 // 0
DATA bytes<>+136(SB)/8, $0x3030303030303030
DATA bytes<>+144(SB)/8, $0x3030303030303030
DATA bytes<>+152(SB)/8, $0x3030303030303030
DATA bytes<>+160(SB)/8, $0x0909090909090909 // 9
DATA bytes<>+168(SB)/8, $0x0909090909090909
DATA bytes<>+176(SB)/8, $0x0909090909090909
DATA bytes<>+184(SB)/8, $0x0909090909090909
DATA bytes<>+192(SB)/8, $0xfdfdfdfdfdfdfdfd // all bits but that of 2
DATA bytes<>+200(SB)/8, $0xfdfdfdfdfdfdfdfd
DATA bytes<>+208(SB)/8, $0xfdfdfdfdfdfdfdfd
DATA bytes<>+216(SB)/8, $0xfdfdfdfdfdfdfdfd
GLOBL bytes<>(SB), RODATA|NOPTR, $224

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
	VPSUBB    bytes<>+0(SB), Y0, Y1
	VPMINUB   bytes<>+32(SB), Y1, Y2
	VPCMPEQB  Y1, Y2, Y1
	VPMOVMSKB Y1, R8
	VPAND     bytes<>+64(SB), Y1, Y1
	VPOR      Y1, Y0, Y0

	VPSUBB    bytes<>+96(SB), Y0, Y1
	VPMINUB   bytes<>+32(SB), Y1, Y2
	VPCMPEQB  Y1, Y2, Y1
	VPMOVMSKB Y1, R9 // letters

	VPSUBB    bytes<>+128(SB), Y0, Y1
	VPMINUB   bytes<>+160(SB), Y1, Y2
	VPCMPEQB  Y1, Y2, Y1
	VPMOVMSKB Y1, R10 // digits

	// Y3 has the character before each.
	VPERM2I128 $0x08, Y0, Y0, Y3
	VPALIGNR   $15, Y3, Y0, Y3
	VPSUBB     Y3, Y0, Y4
	VPCMPEQB   Y7, Y4, Y5
	VPMOVMSKB  Y5, R11 // repeats
	VPSUBB     Y8, Y4, Y4
	VPAND      bytes<>+192(SB), Y4, Y4
	VPCMPEQB   Y7, Y4, Y4
	VPMOVMSKB  Y4, R12 // ordered

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
