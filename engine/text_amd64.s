#include "go_asm.h"
#include "textflag.h"

// Which of the last eight bytes of a text stand behind its first eight, by how many there
// are less than sixteen: those behind the end have the high bit.
DATA behind<>+0(SB)/8, $0x0706050403020100
DATA behind<>+8(SB)/8, $-1
DATA behind<>+16(SB)/8, $-1
GLOBL behind<>(SB), RODATA|NOPTR, $24

// The four bytes of each of four dwords, byte by byte.
DATA planes<>+0(SB)/8, $0x0d0905010c080400
DATA planes<>+8(SB)/8, $0x0f0b07030e0a0602
GLOBL planes<>(SB), RODATA|NOPTR, $16

DATA iota<>+0(SB)/8, $0x0706050403020100
DATA iota<>+8(SB)/8, $0x0f0e0d0c0b0a0908
GLOBL iota<>(SB), RODATA|NOPTR, $16

// The first of sixteen bytes.
DATA head<>+0(SB)/8, $0xff
DATA head<>+8(SB)/8, $0
GLOBL head<>(SB), RODATA|NOPTR, $16

// Of bytes: the last control character in front of the printable ones, the bits of a
// symbol, all but that of 2, the high bit, the flags upper and repeated.
#define BYTES(name, value) \
	DATA name<>+0(SB)/8, $value \
	DATA name<>+8(SB)/8, $value \
	GLOBL name<>(SB), RODATA|NOPTR, $16
BYTES(control, 0x1f1f1f1f1f1f1f1f)
BYTES(symbols, 0x3f3f3f3f3f3f3f3f)
BYTES(notTwo, 0xfdfdfdfdfdfdfdfd)
BYTES(high, 0x8080808080808080)
BYTES(upper, 0x0101010101010101)
BYTES(repeated, 0x2020202020202020)

// CELL copies the cell of the character AX to its position, and into Y9 what they are
// together.
#define CELL(i) \
	SHLQ    $5, AX               \
	VMOVDQU (R8)(AX*1), Y8       \
	VPOR    Y8, Y9, Y9           \
	VMOVDQU Y8, (lattice_cells+(i)*cell__size)(R11)

// FOUR does that for four characters of X0, and inserts what they are packed as into X.
#define FOUR(i, X) \
	VPEXTRB $(i+0), X0, AX          \
	VMOVD   (R9)(AX*4), X           \
	CELL(i+0)                       \
	VPEXTRB $(i+1), X0, AX          \
	VPINSRD $1, (R9)(AX*4), X, X    \
	CELL(i+1)                       \
	VPEXTRB $(i+2), X0, AX          \
	VPINSRD $2, (R9)(AX*4), X, X    \
	CELL(i+2)                       \
	VPEXTRB $(i+3), X0, AX          \
	VPINSRD $3, (R9)(AX*4), X, X    \
	CELL(i+3)

// ADD adds the positions whose byte of X has a bit to a set.
#define ADD(X, bit, set) \
	VPSLLW    $(7-bit), X, X8 \
	VPMOVMSKB X8, AX          \
	SHLQ      CX, AX          \
	ORQ       AX, (lattice_places+set)(DI)

// ORIGINS completes four cells by their origin, own and flags, which are in a row.
#define ORIGINS(i, X) \
	VMOVD   X, (lattice_cells+(i+0)*cell__size+cell_origin)(R11)      \
	VPEXTRD $1, X, (lattice_cells+(i+1)*cell__size+cell_origin)(R11)  \
	VPEXTRD $2, X, (lattice_cells+(i+2)*cell__size+cell_origin)(R11)  \
	VPEXTRD $3, X, (lattice_cells+(i+3)*cell__size+cell_origin)(R11)

// func loadAVX2(l *lattice, text []byte, cells *asciiTable, packs *packedTable, all *cell) bool
//
// X0 has sixteen characters from position CX on, behind the end 0x80, for which the tables
// have nothing. X1 tells which there are.
TEXT ·loadAVX2(SB), NOSPLIT, $0-57
	MOVQ   l+0(FP), DI
	MOVQ   text_base+8(FP), SI
	MOVQ   text_len+16(FP), DX
	MOVQ   cells+32(FP), R8
	MOVQ   packs+40(FP), R9
	XORL   CX, CX
	XORL   R12, R12     // the base in front
	MOVL   $0xffff, R10 // the characters of the block, as a set
	VPXOR  X9, X9, X9
	CMPQ   DX, $16
	JA     block
	LEAQ   behind<>(SB), BX
	MOVQ   $16, CX
	SUBQ   DX, CX
	SHRL   CX, R10
	VMOVDQU     (BX)(CX*1), X2
	VMOVQ       (SI), X0
	VMOVQ       -8(SI)(DX*1), X1
	VPSHUFB     X2, X1, X1
	VPAND       high<>(SB), X2, X2
	VPOR        X2, X1, X1
	VPUNPCKLQDQ X1, X0, X0
	XORL        CX, CX
	JMP         loaded

block:
	VMOVDQU (SI)(CX*1), X0

loaded:
	VPCMPGTB  control<>(SB), X0, X1
	VPMOVMSKB X1, AX
	CMPL      AX, R10
	JNE       other
	MOVQ      CX, R11
	SHLQ      $5, R11
	ADDQ      DI, R11
	FOUR(0, X2)
	FOUR(4, X3)
	FOUR(8, X4)
	FOUR(12, X5)

	// X2 gets their codes, X3 signs, X4 kinds, X5 flags.
	VMOVDQU     planes<>(SB), X6
	VPSHUFB     X6, X2, X2
	VPSHUFB     X6, X3, X3
	VPSHUFB     X6, X4, X4
	VPSHUFB     X6, X5, X5
	VPUNPCKLDQ  X3, X2, X6
	VPUNPCKLDQ  X5, X4, X7
	VPUNPCKHDQ  X3, X2, X8
	VPUNPCKHDQ  X5, X4, X5
	VPUNPCKLQDQ X7, X6, X2
	VPUNPCKHQDQ X7, X6, X3
	VPUNPCKLQDQ X5, X8, X4
	VPUNPCKHQDQ X5, X8, X5

	// X0 gets their bases, X7 those in front; X6 which are the same, X7 which are next.
	VPAND    upper<>(SB), X5, X6
	VPSLLW   $5, X6, X6
	VPOR     X6, X0, X0
	VPSLLDQ  $1, X0, X7
	VPINSRB  $0, R12, X7, X7
	VPSUBB   X7, X0, X7
	VPXOR    X10, X10, X10
	VPCMPEQB X11, X11, X11
	VPCMPEQB X10, X7, X6
	VPAND    X1, X6, X6
	VPSUBB   X11, X7, X7
	VPAND    notTwo<>(SB), X7, X7
	VPCMPEQB X10, X7, X7
	VPAND    X1, X7, X7

	VPAND   high<>(SB), X6, X8
	VPOR    X8, X2, X2
	VPAND   repeated<>(SB), X6, X8
	VPOR    X8, X5, X5
	VMOVDQU X2, (lattice_packed+packed_codes+const_packedFront)(DI)(CX*1)
	VMOVDQU X3, (lattice_packed+packed_signs+const_packedFront)(DI)(CX*1)
	VMOVDQU X4, (lattice_packed+packed_kinds+const_packedFront)(DI)(CX*1)

	ADD(X5, 0, places_capitals)
	ADD(X5, 3, places_letters)
	ADD(X5, 4, places_digits)
	ADD(X5, 2, places_separators)
	ADD(X6, 7, places_repeats)
	ADD(X7, 7, places_ordered)

	// The origins, up to that of the end.
	VMOVD        CX, X6
	VPBROADCASTB X6, X6
	VPADDB       iota<>(SB), X6, X6
	VPSLLDQ      $1, X1, X7
	VPOR         head<>(SB), X7, X7
	VPAND        X7, X6, X6
	VPANDN       symbols<>(SB), X3, X3
	VPAND        X1, X3, X3
	VPUNPCKLBW   X10, X6, X7
	VPUNPCKHBW   X10, X6, X8
	VPUNPCKLBW   X5, X3, X2
	VPUNPCKHBW   X5, X3, X3
	VPUNPCKLWD   X2, X7, X4
	VPUNPCKHWD   X2, X7, X5
	VPUNPCKLWD   X3, X8, X6
	VPUNPCKHWD   X3, X8, X7
	ORIGINS(0, X4)
	ORIGINS(4, X5)
	ORIGINS(8, X6)
	ORIGINS(12, X7)

	// The next block, the last of which ends where the text does.
	LEAQ    16(CX), AX
	LEAQ    -16(DX), CX
	CMPQ    AX, DX
	JAE     done
	CMPQ    AX, CX
	CMOVQLT AX, CX
	MOVQ    CX, AX
	SHLQ    $5, AX
	MOVBLZX (lattice_cells-cell__size+cell_base)(DI)(AX*1), R12
	JMP     block

done:
	MOVQ    all+48(FP), AX
	VMOVDQU Y9, (AX)
	MOVB    $1, ret+56(FP)
	VZEROUPPER
	RET

other:
	MOVB $0, ret+56(FP)
	VZEROUPPER
	RET
