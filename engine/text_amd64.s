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

// The first of sixteen bytes, the others, and the high bits of these.
#define SIXTEEN(name, low, high) \
	DATA name<>+0(SB)/8, $low  \
	DATA name<>+8(SB)/8, $high \
	GLOBL name<>(SB), RODATA|NOPTR, $16
SIXTEEN(head, 0xff, 0)
SIXTEEN(tail, -256, -1)
SIXTEEN(headHigh, 0x80, 0)
SIXTEEN(tailHigh, 0x8080808080808000, 0x8080808080808080)

// Of bytes: the last control character in front of the printable ones; all bits but that
// of 2; the high bit; the flags upper and repeated; the bits of a symbol, or of a class in
// a kind; one more than a symbol has; those of a shape, and of a class of symbols once more;
// the last class of a model, and that behind.
SIXTEEN(control, 0x1f1f1f1f1f1f1f1f, 0x1f1f1f1f1f1f1f1f)
SIXTEEN(notTwo, 0xfdfdfdfdfdfdfdfd, 0xfdfdfdfdfdfdfdfd)
SIXTEEN(high, 0x8080808080808080, 0x8080808080808080)
SIXTEEN(upper, 0x0101010101010101, 0x0101010101010101)
SIXTEEN(repeated, 0x2020202020202020, 0x2020202020202020)
SIXTEEN(symbols, 0x3f3f3f3f3f3f3f3f, 0x3f3f3f3f3f3f3f3f)
SIXTEEN(known, 0x4040404040404040, 0x4040404040404040)
SIXTEEN(shapes, 0x0303030303030303, 0x0303030303030303)
SIXTEEN(again, 0x0303030303030303, 0x0303030303030303)
SIXTEEN(modeled, 0x2424242424242424, 0x2424242424242424)
SIXTEEN(unmodeled, 0x2525252525252525, 0x2525252525252525)

// Of words: the weights of the classes in front, what a part costs, the weights of two
// symbols.
#define WORD(name, value) \
	DATA name<>+0(SB)/2, $value \
	GLOBL name<>(SB), RODATA|NOPTR, $2
WORD(front, 38)
WORD(second, 1444)
WORD(part, const_partCost)
WORD(pair, 0x4001)

// CELL copies the cell of the character a fourth of AX to its position, and into Y9 what
// they are together.
#define CELL(i) \
	VMOVDQU (R8)(AX*8), Y8 \
	VPOR    Y8, Y9, Y9           \
	VMOVDQU Y8, (lattice_cells+(i)*cell__size)(R11)

// FOUR does that for the four characters from word k of chars on, each four times itself,
// and inserts what they are packed as into X.
#define FOUR(i, chars, k, X) \
	VPEXTRW $(k+0), chars, AX       \
	VMOVD   (R9)(AX*1), X           \
	CELL(i+0)                       \
	VPEXTRW $(k+1), chars, AX       \
	VPINSRD $1, (R9)(AX*1), X, X    \
	CELL(i+1)                       \
	VPEXTRW $(k+2), chars, AX       \
	VPINSRD $2, (R9)(AX*1), X, X    \
	CELL(i+2)                       \
	VPEXTRW $(k+3), chars, AX       \
	VPINSRD $3, (R9)(AX*1), X, X    \
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
	VPMOVZXBW    X0, Y6
	VPSLLW       $2, Y6, Y6
	VEXTRACTI128 $1, Y6, X7
	FOUR(0, X6, 0, X2)
	FOUR(4, X6, 4, X3)
	FOUR(8, X7, 0, X4)
	FOUR(12, X7, 4, X5)

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
	VPAND   symbols<>(SB), X4, X8
	VPCMPGTB modeled<>(SB), X8, X8
	VPAND   X6, X8, X8
	VPAND   again<>(SB), X8, X8
	VPOR    X8, X4, X4
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

// LOOKUP inserts what the bytes at DX have at the indices in the words of X into Y, from
// byte i on: gathers take longer.
#define LOOKUP(X, i, Y) \
	VPEXTRW $0, X, AX                   \
	VPINSRB $(i+0), (DX)(AX*1), Y, Y    \
	VPEXTRW $1, X, AX                   \
	VPINSRB $(i+1), (DX)(AX*1), Y, Y    \
	VPEXTRW $2, X, AX                   \
	VPINSRB $(i+2), (DX)(AX*1), Y, Y    \
	VPEXTRW $3, X, AX                   \
	VPINSRB $(i+3), (DX)(AX*1), Y, Y    \
	VPEXTRW $4, X, AX                   \
	VPINSRB $(i+4), (DX)(AX*1), Y, Y    \
	VPEXTRW $5, X, AX                   \
	VPINSRB $(i+5), (DX)(AX*1), Y, Y    \
	VPEXTRW $6, X, AX                   \
	VPINSRB $(i+6), (DX)(AX*1), Y, Y    \
	VPEXTRW $7, X, AX                   \
	VPINSRB $(i+7), (DX)(AX*1), Y, Y

// TWO writes single and join of two ways, and X11: that these are not reached.
#define TWO(i, X) \
	VMOVQ   X, (way_single+(i)*way__size)(DI)          \
	VPEXTRQ $1, X, (way_single+(i+1)*way__size)(DI)    \
	VMOVDQU X11, (way_cheapest+(i)*way__size)(DI)      \ // and way_fewest
	VMOVDQU X11, (way_cheapest+(i+1)*way__size)(DI)

// func aloneAVX2(kinds *[16]uint8, n int, costs *modelCosts, changes *changes, ways *[16]way) (mask int)
TEXT ·aloneAVX2(SB), NOSPLIT, $0-48
	MOVQ    kinds+0(FP), SI
	MOVQ    costs+16(FP), DX
	MOVQ    changes+24(FP), R8
	MOVQ    ways+32(FP), DI
	VMOVDQU (SI), X0
	MOVQ    n+8(FP), AX
	VMOVD   AX, X1
	VPBROADCASTB X1, X1
	VPCMPGTB iota<>(SB), X1, X1 // the positions
	VPXOR   X15, X15, X15

	// X2 gets what each costs behind another: in half bits, as all but what the model says.
	VPSRLW  $6, X0, X2
	VPAND   shapes<>(SB), X2, X2
	VPSLLDQ $1, X2, X3
	VPSLLW  $2, X3, X3
	VPOR    X2, X3, X3
	VPOR    headHigh<>(SB), X3, X3
	VPOR    tailHigh<>(SB), X2, X2
	VMOVDQU changes_behind(R8), X4
	VPSHUFB X3, X4, X3
	VMOVDQU changes_first(R8), X4
	VPSHUFB X2, X4, X2
	VPOR    X3, X2, X2
	VPAND   X1, X2, X2
	VPSADBW X15, X2, X3
	VPSRLDQ $8, X3, X4
	VPADDQ  X4, X3, X3
	VMOVQ   X3, mask+40(FP)

	// X3 gets what is added for those that have no model, X1 leaves those that have one.
	VPAND    symbols<>(SB), X0, X0
	VPSUBUSB modeled<>(SB), X0, X3
	VPCMPEQB X15, X3, X4
	VPAND    X4, X1, X1
	VMOVDQU  changes_symbol(R8), X4
	VPSHUFB  X3, X4, X3
	VPADDB   X2, X3, X3

	// Y0 gets the indices in the model.
	VPMINUB      unmodeled<>(SB), X0, X0
	VPSLLDQ      $1, X0, X4
	VPSLLDQ      $2, X0, X5
	VPMOVZXBW    X0, Y0
	VPMOVZXBW    X4, Y4
	VPMOVZXBW    X5, Y5
	VPBROADCASTW front<>(SB), Y6
	VPMULLW      Y6, Y4, Y4
	VPBROADCASTW second<>(SB), Y6
	VPMULLW      Y6, Y5, Y5
	VPADDW       Y4, Y0, Y0
	VPADDW       Y5, Y0, Y0
	VPXOR        X10, X10, X10
	LOOKUP(X0, 0, X10)
	VEXTRACTI128 $1, Y0, X0
	LOOKUP(X0, 8, X10)
	VPAND        X1, X10, X10
	VPMOVZXBW    X10, Y10
	VPSLLW       $2, Y10, Y10 // 1/64 bit

	// Singles and joins.
	VPMOVZXBW    X3, Y3
	VPSLLW       $5, Y3, Y3
	VPADDW       Y3, Y10, Y3
	VPMOVZXBW    X2, Y2
	VPSLLW       $5, Y2, Y2
	VPBROADCASTW part<>(SB), Y4
	VPADDW       Y4, Y2, Y2
	VPUNPCKLWD   Y2, Y3, Y4
	VPUNPCKHWD   Y2, Y3, Y5
	VPMOVZXWD    X4, Y0
	VPMOVZXWD    X5, Y1
	VEXTRACTI128 $1, Y4, X4
	VEXTRACTI128 $1, Y5, X5
	VPMOVZXWD    X4, Y2
	VPMOVZXWD    X5, Y3
	MOVQ         $const_unreached, AX
	VMOVQ        AX, X11
	VPBROADCASTQ X11, X11
	TWO(0, X0)
	TWO(4, X1)
	TWO(8, X2)
	TWO(12, X3)
	VEXTRACTI128 $1, Y0, X0
	VEXTRACTI128 $1, Y1, X1
	VEXTRACTI128 $1, Y2, X2
	VEXTRACTI128 $1, Y3, X3
	TWO(2, X0)
	TWO(6, X1)
	TWO(10, X2)
	TWO(14, X3)
	VZEROUPPER
	RET

// SAME adds to Y4 the positions with the symbol of one so far in front, and eight more in
// the upper half.
#define SAME(distance) \
	VPSLLDQ  $distance, Y2, Y5 \
	VPCMPEQB Y5, Y3, Y5        \
	VPOR     Y5, Y4, Y4

// func stepsAVX2(signs *[16]uint8, touches *[65][64]uint8) (walks, earlier uint32)
TEXT ·stepsAVX2(SB), NOSPLIT, $0-24
	MOVQ    signs+0(FP), SI
	MOVQ    touches+8(FP), DX
	VMOVDQU (SI), X0
	VPANDN  symbols<>(SB), X0, X0

	// Y2 has the symbols, in the upper half eight positions on; Y3 has them twice.
	VPOR        known<>(SB), X0, X1
	VPSLLDQ     $8, X1, X2
	VPCMPEQB    X2, X1, X4
	VINSERTI128 $1, X2, Y1, Y2
	VINSERTI128 $1, X1, Y1, Y3
	SAME(1)
	SAME(2)
	SAME(3)
	SAME(4)
	SAME(5)
	SAME(6)
	SAME(7)
	VEXTRACTI128 $1, Y4, X5
	VPOR         X5, X4, X4
	VPMOVMSKB    X4, AX
	MOVL         AX, earlier+20(FP)

	// X2 gets the layouts on which each touches the one in front.
	VPSLLDQ      $1, X0, X1
	VPUNPCKLBW   X1, X0, X3
	VPUNPCKHBW   X1, X0, X5
	VPBROADCASTW pair<>(SB), X4
	VPMADDUBSW   X4, X3, X3
	VPMADDUBSW   X4, X5, X5
	VPXOR        X2, X2, X2
	LOOKUP(X3, 0, X2)
	LOOKUP(X5, 8, X2)
	VPAND        tail<>(SB), X2, X2

	VPSLLDQ   $1, X2, X3
	VPAND     X3, X2, X2
	VPXOR     X3, X3, X3
	VPCMPEQB  X3, X2, X2
	VPMOVMSKB X2, AX
	XORL      $0xffff, AX
	MOVL      AX, walks+16(FP)
	VZEROUPPER
	RET
