#include "go_asm.h"
#include "textflag.h"

// Which bytes four codes from each of eight positions on are: 0 to 3, 1 to 4 and so
// on; and back: 8 to 5, 9 to 6 and so on.
DATA onward<>+0(SB)/8, $0x0403020103020100
DATA onward<>+8(SB)/8, $0x0605040305040302
DATA onward<>+16(SB)/8, $0x0807060507060504
DATA onward<>+24(SB)/8, $0x0a09080709080706
GLOBL onward<>(SB), RODATA|NOPTR, $32
DATA back<>+0(SB)/8, $0x0607080905060708
DATA back<>+8(SB)/8, $0x08090a0b0708090a
DATA back<>+16(SB)/8, $0x0a0b0c0d090a0b0c
DATA back<>+24(SB)/8, $0x0c0d0e0f0b0c0d0e
GLOBL back<>(SB), RODATA|NOPTR, $32

// The way from one code to the fourth behind it.
DATA next<>+0(SB)/4, $0x04040404
GLOBL next<>(SB), RODATA|NOPTR, $4

// The weights of two codes, and of two pairs, in an index; an index of three codes;
// one code; all codes.
DATA pair<>+0(SB)/4, $0x20012001
GLOBL pair<>(SB), RODATA|NOPTR, $4
DATA four<>+0(SB)/4, $0x04000001
GLOBL four<>(SB), RODATA|NOPTR, $4
DATA three<>+0(SB)/4, $0x7fff
GLOBL three<>(SB), RODATA|NOPTR, $4
DATA code<>+0(SB)/4, $0x1f
GLOBL code<>(SB), RODATA|NOPTR, $4
DATA codes<>+0(SB)/8, $0x1f1f1f1f1f1f1f1f
DATA codes<>+8(SB)/8, $0x1f1f1f1f1f1f1f1f
DATA codes<>+16(SB)/8, $0x1f1f1f1f1f1f1f1f
DATA codes<>+24(SB)/8, $0x1f1f1f1f1f1f1f1f
GLOBL codes<>(SB), RODATA|NOPTR, $32

// The marks of the second to the fourth code, and of the fifth to the seventh; all but
// the last if these are in bits 0, 8 and 16.
DATA near<>+0(SB)/4, $0x80808000
GLOBL near<>(SB), RODATA|NOPTR, $4
DATA far<>+0(SB)/4, $0x808080
GLOBL far<>(SB), RODATA|NOPTR, $4
DATA early<>+0(SB)/4, $0x80808101
GLOBL early<>(SB), RODATA|NOPTR, $4

// How far rows of terms onward, of which there are eight, and back are to be shifted up for
// those of the other direction to vanish.
DATA rows<>+0(SB)/8, $0x0000001000000010
DATA rows<>+8(SB)/8, $0x0000001000000010
DATA rows<>+16(SB)/8, $0x0000001000000010
DATA rows<>+24(SB)/8, $0x0000001000000010
DATA rows<>+32(SB)/8, $0
DATA rows<>+40(SB)/8, $0
GLOBL rows<>(SB), RODATA|NOPTR, $48

// Of bytes: the places, 1, the place of a position that moves.
DATA places<>+0(SB)/8, $0x0706050403020100
DATA places<>+8(SB)/8, $0x0f0e0d0c0b0a0908
GLOBL places<>(SB), RODATA|NOPTR, $16
DATA ones<>+0(SB)/8, $0x0101010101010101
DATA ones<>+8(SB)/8, $0x0101010101010101
GLOBL ones<>(SB), RODATA|NOPTR, $16
DATA low<>+0(SB)/8, $0x0f0f0f0f0f0f0f0f
DATA low<>+8(SB)/8, $0x0f0f0f0f0f0f0f0f
GLOBL low<>(SB), RODATA|NOPTR, $16

// CONSTANTS loads the orders, weights and masks.
#define CONSTANTS \
	VMOVDQU      onward<>(SB), Y9   \
	VMOVDQU      back<>(SB), Y10    \
	VPBROADCASTD pair<>(SB), Y11    \
	VPBROADCASTD four<>(SB), Y12    \
	VPBROADCASTD three<>(SB), Y13   \
	VPBROADCASTD code<>(SB), Y15

// LOAD loads the codes from 0, 8 and 16 on without marks.
#define LOAD(text) \
	VBROADCASTI128 0(text), Y5  \
	VBROADCASTI128 8(text), Y6  \
	VBROADCASTI128 16(text), Y7 \
	VPAND          codes<>(SB), Y5, Y5  \
	VPAND          codes<>(SB), Y6, Y6  \
	VPAND          codes<>(SB), Y7, Y7

// INDEX makes of the first four codes of eight positions, which it leaves in Y0, the
// index of three in Y1 and the fourth in Y2.
#define INDEX(text, order) \
	VPSHUFB    order, text, Y0 \
	VPMADDUBSW Y11, Y0, Y1     \
	VPMADDWD   Y12, Y1, Y1     \
	VPSRLD     $15, Y1, Y2     \
	VPAND      Y13, Y1, Y1

// APPEND appends the lowest bits of Y3 to a set.
#define APPEND(set, up) \
	VPSLLD    $31, Y3, Y3 \
	VMOVMSKPS Y3, AX      \
	SHLL      $up, AX     \
	ORL       AX, set

// TERMS asks whether starts has the fourth code and begins the first.
#define TERMS(text, order, up) \
	INDEX(text, order)         \
	VPAND   Y15, Y0, Y0        \
	VPSRLVD Y0, Y8, Y0         \
	VPSLLD  $31, Y0, Y0        \ // begins
	VPXOR   Y3, Y3, Y3         \
	VPGATHERDD Y0, (DI)(Y1*8), Y3 \ // start_fourth
	VPSRLVD Y2, Y3, Y3         \
	APPEND(R8, up)

// OPENS asks whether starts has four codes without the only one marked, and above whether
// several are. Y14 is the order of the second four codes, Y10 the early marks.
#define OPENS(text, up) \
	VBROADCASTI128 text, Y5         \
	VPSHUFB        Y9, Y5, Y0       \
	VPSHUFB        Y14, Y5, Y1      \
	VPBROADCASTD   near<>(SB), Y2   \
	VPAND          Y0, Y2, Y2       \ // the marks that shift the fourth code
	VPBROADCASTD   far<>(SB), Y3    \
	VPAND          Y1, Y3, Y3       \
	VPSRLD         $7, Y3, Y3       \
	VPOR           Y2, Y3, Y3       \ // and the others
	VPCMPEQD       Y4, Y4, Y4       \
	VPADDD         Y4, Y2, Y6       \
	VPANDN         Y2, Y6, Y6       \ // the first near one
	VPSRLD         $7, Y6, Y6       \
	VPADDD         Y4, Y6, Y6       \ // the bits before it
	VPADDD         Y4, Y3, Y5       \
	VPAND          Y3, Y5, Y5       \ // without the first
	VPAND          codes<>(SB), Y0, Y0 \
	VPSRLD         $8, Y0, Y7       \
	VPSLLD         $24, Y1, Y1      \
	VPOR           Y1, Y7, Y7       \
	VPANDN         Y7, Y6, Y7       \
	VPAND          Y0, Y6, Y6       \
	VPOR           Y6, Y7, Y7       \
	VPAND          codes<>(SB), Y7, Y7 \
	VPMADDUBSW     Y11, Y7, Y7      \
	VPMADDWD       Y12, Y7, Y7      \
	VPSRLD         $15, Y7, Y1      \
	VPAND          Y13, Y7, Y7      \
	VPAND          Y15, Y0, Y0      \
	VPSRLVD        Y0, Y8, Y0       \ // begins
	VPSLLD         $31, Y0, Y2      \
	VPXOR          Y6, Y6, Y6       \
	VPAND          Y10, Y3, Y3      \
	VPCMPEQD       Y6, Y3, Y3       \ // none
	VPCMPEQD       Y6, Y5, Y5       \ // not several
	VPANDN         Y5, Y3, Y3       \
	VPAND          Y2, Y3, Y3       \
	VPGATHERDD     Y3, (DI)(Y7*8), Y6 \
	VPSRLVD        Y1, Y6, Y3       \
	APPEND(R9, up)                  \
	VPANDN         Y0, Y5, Y3       \
	APPEND(R9, up+16)

// ASKS asks about the bare codes behind SI, without marks those in Y5, Y6 and Y7 from 0, 8
// and 16 on. Y8 is begins.
#define ASKS \
	XORL         R8, R8              \
	XORL         R9, R9              \
	TERMS(Y6, Y9, 0)                 \
	TERMS(Y7, Y9, 8)                 \
	TERMS(Y5, Y10, 16)               \
	TERMS(Y6, Y10, 24)               \
	VPBROADCASTD next<>(SB), Y14     \
	VPADDB       Y14, Y9, Y14        \
	VPBROADCASTD early<>(SB), Y10    \
	OPENS(8(SI), 0)                  \
	OPENS(16(SI), 8)

// func asksAVX2(s *starts, text *block, begins uint32) (asks, opens uint32)
TEXT ·asksAVX2(SB), NOSPLIT, $0-32
	MOVQ         s+0(FP), DI
	MOVQ         text+8(FP), SI
	MOVL         begins+16(FP), AX
	VMOVD        AX, X8
	VPBROADCASTD X8, Y8
	CONSTANTS
	LOAD(SI)
	ASKS
	VZEROUPPER
	MOVL         R8, asks+24(FP)
	MOVL         R9, opens+28(FP)
	RET

// EDITS asks for the pair of the fourth and fifth codes, of the fourth and sixth and
// of the fifth and sixth, of positions whose codes are Y5 in the order Y6, the later
// ones in the order Y7; Y10 is how far their rows are to be shifted up.
#define EDITS(up) \
	INDEX(Y5, Y6)                    \
	VPCMPEQD   Y4, Y4, Y4            \
	VPXOR      Y3, Y3, Y3            \
	VPGATHERDD Y4, start_rows(DI)(Y1*8), Y3 \
	VPSLLVD    Y10, Y3, Y3           \ // both rows are read: that of the direction is left
	VPSRLD     $16, Y3, Y3           \
	VPSLLD     $const_codeBits, Y3, Y3 \
	VPSHUFB    Y7, Y5, Y0            \
	VPADDD     Y3, Y2, Y2            \
	VPAND      Y15, Y0, Y1           \ // the fifth code
	VPADDD     Y1, Y3, Y3            \
	VPSRLD     $8, Y0, Y0            \
	VPAND      Y15, Y0, Y0           \ // the sixth
	VPCMPEQD   Y4, Y4, Y4            \
	VPXOR      Y14, Y14, Y14         \
	VPGATHERDD Y4, (DX)(Y2*4), Y14   \
	VPCMPEQD   Y4, Y4, Y4            \
	VPXOR      Y2, Y2, Y2            \
	VPGATHERDD Y4, (DX)(Y3*4), Y2    \
	VPSRLVD    Y0, Y2, Y2            \
	VPSRLVD    Y0, Y14, Y3           \
	VPSRLVD    Y1, Y14, Y1           \
	VPOR       Y2, Y3, Y3            \
	VPOR       Y1, Y3, Y3            \
	APPEND(R8, up)

// ALLEDITS asks about the codes behind SI.
#define ALLEDITS \
	VPBROADCASTD   next<>(SB), Y8     \
	XORL           R8, R8             \
	VBROADCASTI128 8(SI), Y5          \ // eight onward
	VPAND          codes<>(SB), Y5, Y5 \
	VMOVDQU        Y9, Y6             \
	VPADDB         Y8, Y6, Y7         \
	VMOVDQU        rows<>+0(SB), Y10  \
	EDITS(0)                          \
	VMOVDQU        16(SI), X5         \ // four more, and four back
	VINSERTI128    $1, 0(SI), Y5, Y5  \
	VPAND          codes<>(SB), Y5, Y5 \
	VMOVDQU        back<>(SB), Y9     \
	VPSUBB         Y8, Y9, Y8         \
	VPBLENDD       $0xf0, Y9, Y6, Y6  \
	VPBLENDD       $0xf0, Y8, Y7, Y7  \
	VMOVDQU        rows<>+16(SB), Y10 \
	EDITS(8)                          \
	VBROADCASTI128 8(SI), Y5          \ // eight back
	VPAND          codes<>(SB), Y5, Y5 \
	VMOVDQU        Y9, Y6             \
	VMOVDQU        Y8, Y7             \
	VPXOR          Y10, Y10, Y10      \
	EDITS(16)

// func editsAVX2(e *edits, text *block) uint32
TEXT ·editsAVX2(SB), NOSPLIT, $0-20
	MOVQ e+0(FP), AX
	MOVQ edits_rows(AX), DI
	MOVQ edits_pairs(AX), DX
	MOVQ text+8(FP), SI
	CONSTANTS
	ALLEDITS
	VZEROUPPER
	MOVL R8, ret+16(FP)
	RET

// SUM adds to each byte the one n in front.
#define SUM(n) \
	VPSLLDQ n, X2, X3 \
	VPADDB  X3, X2, X2

// MOVE moves bytes of X2 n to the front if the bit is set in X3 that is highest.
#define MOVE(n) \
	VPBLENDVB X3, X2, X15, X4 \
	VPXOR     X4, X2, X2      \
	VPSRLDQ   n, X4, X4       \
	VPOR      X4, X2, X2

// func wholeAVX2(h *heads, text *block, s *headSets) (terms, opens, edits uint32)
//
// It writes bare codes and where they stand. In X2 each position that stays has its place
// and, above it, how far it moves: the number of those in front that do not.
TEXT ·wholeAVX2(SB), NOSPLIT, $0-36
	MOVQ      h+0(FP), BX
	MOVQ      text+8(FP), R10
	MOVQ      s+16(FP), R11
	VPXOR     X15, X15, X15
	VMOVDQU   const_blockMargin(R10), X0
	VPSRLW    $6, X0, X1 // codeBetween is 1<<6
	VPAND     ones<>(SB), X1, X1
	VMOVDQU   X1, X2
	SUM($1)
	SUM($2)
	SUM($4)
	SUM($8)
	VPEXTRB   $15, X2, AX
	NEGQ      AX
	VPSLLW    $4, X2, X2
	VPOR      places<>(SB), X2, X2
	VPCMPEQB  X15, X1, X1
	VPAND     X1, X2, X2
	VPSLLW    $3, X2, X3
	MOVE($1)
	VPSLLW    $2, X2, X3
	MOVE($2)
	VPSLLW    $1, X2, X3
	MOVE($4)
	VMOVDQU   X2, X3
	MOVE($8)
	VPAND     low<>(SB), X2, X2
	VPMOVZXBW X2, Y3
	VPSHUFB   X2, X0, X0
	VMOVDQU   Y3, headSets_kept(R11)
	LEAQ      (headSets_bare+const_packedFront-const_blockMargin)(R11), SI
	VMOVDQU   X0, const_blockMargin(SI)
	VMOVDQU   X15, (const_blockMargin+16)(SI)(AX*1) // behind them

	LEAQ         heads_starts(BX), DI
	VPBROADCASTD heads_begins(BX), Y8
	CONSTANTS
	VINSERTI128  $1, X0, Y0, Y6
	VPAND        codes<>(SB), Y6, Y6
	VPSLLDQ      $8, Y6, Y5
	VPSRLDQ      $8, Y6, Y7
	ASKS
	MOVL         R8, terms+24(FP)
	MOVL         R9, opens+28(FP)

	MOVQ         (heads_base+headSet_edits+edits_rows)(BX), DI
	MOVQ         (heads_base+headSet_edits+edits_pairs)(BX), DX
	MOVQ         R10, SI
	ALLEDITS
	VZEROUPPER
	MOVL         R8, edits+32(FP)
	RET

// The bytes of quadwords in reverse.
DATA reverse<>+0(SB)/8, $0x0001020304050607
DATA reverse<>+8(SB)/8, $0x08090a0b0c0d0e0f
DATA reverse<>+16(SB)/8, $0x0001020304050607
DATA reverse<>+24(SB)/8, $0x08090a0b0c0d0e0f
GLOBL reverse<>(SB), RODATA|NOPTR, $32

// FOURTIMES defines a constant of four quadwords.
#define FOURTIMES(name, value) \
	DATA name<>+0(SB)/8, $value  \
	DATA name<>+8(SB)/8, $value  \
	DATA name<>+16(SB)/8, $value \
	DATA name<>+24(SB)/8, $value \
	GLOBL name<>(SB), RODATA|NOPTR, $32

// Of bytes: where the window onward from the first position of a block begins; the bits of
// an ask that tell back and none. Of quadwords: the marks passed over; the fifth code; the
// fifth and sixth; a place in a word; 1.
FOURTIMES(from, 0x0808080808080808)
FOURTIMES(ways, 0x5050505050505050)
FOURTIMES(passed, const_passedMarks)
FOURTIMES(fifth, 0xff)
FOURTIMES(sixth, 0xffff)
FOURTIMES(place, 63)
FOURTIMES(one, 1)

// NEXT takes the first ask of DX to byte i of X12, 64 if there is none.
#define NEXT(i) \
	TZCNTQ  DX, AX               \
	BLSRQ   DX, DX               \
	VPINSRB $(i), AX, X12, X12

// KEY appends the code of Y3 in mask to the hash of those in front of it.
#define KEY(mask, to) \
	VPAND    mask<>(SB), Y3, to \
	VPMULUDQ Y15, to, to        \
	VPSLLQ   $32, to, to        \
	VPADDQ   Y4, to, to

// HAS tells, in the lowest bit, whether the lines that begin at the words Y5 have keys.
#define HAS(key) \
	VPSRLQ     $(64-const_headLineBits+6), key, Y2 \
	VPADDQ     Y5, Y2, Y2                \
	VPCMPEQD   Y8, Y8, Y8                \
	VPXOR      Y9, Y9, Y9                \
	VPGATHERQQ Y8, (DI)(Y2*8), Y9        \
	VPSRLQ     $49, key, Y2              \
	VPAND      place<>(SB), Y2, Y2       \
	VPSRLVQ    Y2, Y9, Y2                \
	VPSRLQ     $43, key, key             \
	VPAND      place<>(SB), key, key     \
	VPSRLVQ    key, Y9, key              \
	VPAND      Y2, key, key

// KNOWN adds to Y0 those of the first four asks of X12 that are known: X11 is where their
// windows begin, X10 what they are in the result.
#define KNOWN \
	VPMOVZXBQ  X12, Y1                \
	VPMOVZXBQ  X11, Y2                \
	VPCMPEQD   Y9, Y9, Y9             \
	VMOVDQA    Y9, Y4                 \
	VPXOR      Y3, Y3, Y3             \
	VPXOR      Y8, Y8, Y8             \
	VPGATHERQQ Y4, (SI)(Y2*1), Y3     \
	VPSHUFB    reverse<>(SB), Y3, Y4  \
	VPSLLQ     $59, Y1, Y2            \
	VBLENDVPD  Y2, Y4, Y3, Y3         \ // back
	VPAND      passed<>(SB), Y3, Y4   \
	VPSLLQ     $58, Y1, Y2            \
	VBLENDVPD  Y2, Y4, Y8, Y4         \ // the mark passed over, if any
	VPSRLQ     $7, Y4, Y4             \
	VPADDQ     Y9, Y4, Y4             \ // the bits before it
	VPAND      Y4, Y3, Y2             \
	VPSRLQ     $8, Y3, Y3             \
	VPANDN     Y3, Y4, Y3             \
	VPOR       Y2, Y3, Y3             \
	VPAND      codes<>(SB), Y3, Y3    \
	VPMULUDQ   Y15, Y3, Y4            \ // four codes times the factor
	VPMULUDQ   Y14, Y3, Y5            \
	VPSLLQ     $32, Y5, Y5            \
	VPADDQ     Y5, Y4, Y4             \
	VPSRLQ     $32, Y3, Y3            \
	KEY(fifth, Y6)                    \
	KEY(sixth, Y7)                    \
	VPSRLQ     X13, Y4, Y5            \ // the line
	VPSLLQ     $(const_headLineBits-6), Y5, Y5 \
	HAS(Y4)                           \
	HAS(Y6)                           \
	HAS(Y7)                           \
	VPOR       Y6, Y4, Y4             \
	VPOR       Y7, Y4, Y4             \
	VPAND      one<>(SB), Y4, Y4      \
	VPMOVZXBQ  X10, Y2                \
	VPSLLVQ    Y2, Y4, Y4             \
	VPOR       Y4, Y0, Y0

// func knownAVX2(s *headSet, text *block, kept *[blockCodes]uint16, asks uint64) uint32
//
// It takes eight asks at once: X12 gets them, X11 where their windows begin, X10 where they
// are in the result, from 64 on if nowhere.
TEXT ·knownAVX2(SB), NOSPLIT, $0-36
	MOVQ         s+0(FP), AX
	MOVQ         headSet_lines(AX), DI
	MOVBLZX      headSet_shift(AX), AX
	VMOVD        AX, X13
	MOVQ         text+8(FP), SI
	MOVQ         kept+16(FP), R8
	MOVQ         asks+24(FP), DX
	MOVQ         $const_hashFactor, AX
	VMOVQ        AX, X15
	VPBROADCASTQ X15, Y15
	VPSRLQ       $32, Y15, Y14
	VPXOR        Y0, Y0, Y0

next:
	TZCNTQ    DX, AX
	BLSRQ     DX, DX
	VMOVD     AX, X12
	NEXT(1)
	NEXT(2)
	NEXT(3)
	NEXT(4)
	NEXT(5)
	NEXT(6)
	NEXT(7)
	VPAND     low<>(SB), X12, X10
	VMOVDQU   (R8), X1
	VPACKUSWB 16(R8), X1, X1
	VMOVDQU   from<>(SB), X2
	VPSLLW    $3, X12, X3
	VPBLENDVB X3, ones<>(SB), X2, X11 // 1 if back
	VPADDB    X10, X11, X11
	VPSHUFB   X10, X1, X10
	VPAND     ways<>(SB), X12, X1
	VPOR      X1, X10, X10
	KNOWN
	VPSRLDQ   $4, X10, X10
	VPSRLDQ   $4, X11, X11
	VPSRLDQ   $4, X12, X12
	KNOWN
	TESTQ     DX, DX
	JNE       next

	VEXTRACTI128 $1, Y0, X1
	VPOR         X1, X0, X0
	VPSHUFD      $0xee, X0, X1
	VPOR         X1, X0, X0
	VMOVD        X0, AX
	VZEROUPPER
	MOVL         AX, ret+32(FP)
	RET
