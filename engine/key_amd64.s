#include "go_asm.h"
#include "textflag.h"

// SUM adds the terms of the cell at a place, times their weights, to the sums in Y0. A
// product is that of the lower half of the weight and, above, that of its upper half.
#define SUM(i) \
	MOVBLZX      (cell_base+(i)*cell__size)(SI), AX \
	VPMOVZXBQ    (DX)(AX*const_readings), Y1        \
	VPMULUDQ     (32*(i)+4)(R8), Y1, Y2             \
	VPMULUDQ     (32*(i))(R8), Y1, Y1               \
	VPSLLQ       $32, Y2, Y2                        \
	VPADDQ       Y2, Y1, Y1                         \
	VPADDQ       Y1, Y0, Y0                         \
	VMOVDQU      Y0, (32*(i+1))(DI)

// func addAVX2(b *boundaries, cells *[sumPositions]cell, w *boundaries, ascii *[1 << 8]terms)
TEXT ·addAVX2(SB), NOSPLIT, $0-32
	MOVQ  b+0(FP), DI
	MOVQ  cells+8(FP), SI
	MOVQ  w+16(FP), R8
	MOVQ  ascii+24(FP), DX
	VPXOR Y0, Y0, Y0
	SUM(0)
	SUM(1)
	SUM(2)
	SUM(3)
	SUM(4)
	SUM(5)
	SUM(6)
	SUM(7)
	SUM(8)
	SUM(9)
	SUM(10)
	SUM(11)
	SUM(12)
	SUM(13)
	SUM(14)
	SUM(15)
	VZEROUPPER
	RET

// The constants of keyOf.
DATA hash<>+0(SB)/8, $const_hashFactor
DATA hash<>+8(SB)/8, $(1<<60)
DATA hash<>+16(SB)/8, $(const_readings*const_LongKey)
GLOBL hash<>(SB), RODATA|NOPTR, $24

// DIFFERENCE brings a difference of sums, times the power at its end, to AX, and readings times
// how many positions it goes on to R9.
#define DIFFERENCE(i) \
	MOVWLZX (4*(i))(DX), R9   \
	MOVWLZX (4*(i)+2)(DX), R10 \
	MOVQ    (SI)(R10*8), AX   \
	SUBQ    (SI)(R9*8), AX    \
	IMULQ   (R8)(R10*8), AX   \
	SUBL    R10, R9

// KEYS makes the keys of four parts. A product is that of both lower halves and, above,
// those of a lower half and an upper one.
#define KEYS(i) \
	DIFFERENCE(i)                 \
	VMOVQ       AX, X0            \
	VMOVQ       R9, X1            \
	DIFFERENCE(i+1)               \
	VPINSRQ     $1, AX, X0, X0    \
	VPINSRQ     $1, R9, X1, X1    \
	DIFFERENCE(i+2)               \
	VMOVQ       AX, X2            \
	VMOVQ       R9, X3            \
	DIFFERENCE(i+3)               \
	VPINSRQ     $1, AX, X2, X2    \
	VPINSRQ     $1, R9, X3, X3    \
	VINSERTI128 $1, X2, Y0, Y0    \
	VINSERTI128 $1, X3, Y1, Y1    \
	VPABSD      Y1, Y1            \
	VPCMPGTQ    Y1, Y14, Y1       \ // short
	VPSRLQ      $32, Y0, Y2       \
	VPXOR       Y2, Y0, Y0        \
	VPMULUDQ    Y11, Y2, Y2       \
	VPMULUDQ    Y12, Y0, Y3       \
	VPMULUDQ    Y11, Y0, Y0       \
	VPADDQ      Y3, Y2, Y2        \
	VPSLLQ      $32, Y2, Y2       \
	VPADDQ      Y2, Y0, Y0        \
	VPSRLQ      $4, Y0, Y2        \
	VPSUBQ      Y2, Y0, Y0        \
	VPADDQ      Y13, Y0, Y0       \
	VPBLENDVB   Y1, Y0, Y2, Y0    \
	VMOVDQU     Y0, (8*(i))(DI)

// func keysAVX2(b, powers *boundaries, parts *askedPart, keys *uint64, n uint)
TEXT ·keysAVX2(SB), NOSPLIT, $0-40
	MOVQ         b+0(FP), SI
	MOVQ         powers+8(FP), R8
	MOVQ         parts+16(FP), DX
	MOVQ         keys+24(FP), DI
	MOVQ         n+32(FP), CX
	VPBROADCASTQ hash<>+0(SB), Y11
	VPBROADCASTD hash<>+4(SB), Y12
	VPBROADCASTQ hash<>+8(SB), Y13
	VPBROADCASTQ hash<>+16(SB), Y14

group:
	KEYS(0)
	KEYS(4)
	ADDQ $(4*const_askGroup), DX
	ADDQ $(8*const_askGroup), DI
	SUBQ $const_askGroup, CX
	JG   group
	VZEROUPPER
	RET
