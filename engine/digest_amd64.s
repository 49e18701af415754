#include "go_asm.h"
#include "textflag.h"

// The bytes of each word, and of all, the other way around.
DATA swapped<>+0(SB)/8, $0x0405060700010203
DATA swapped<>+8(SB)/8, $0x0c0d0e0f08090a0b
GLOBL swapped<>(SB), RODATA|NOPTR, $16
DATA reversed<>+0(SB)/8, $0x08090a0b0c0d0e0f
DATA reversed<>+8(SB)/8, $0x0001020304050607
GLOBL reversed<>(SB), RODATA|NOPTR, $16

// What SHA-1 and MD4 begin with (FIPS 180-4, 5.3.1; RFC 1320, 3.3): A to D from the high word
// down, and E there, as the instructions for SHA-1 have them.
DATA begin<>+0(SB)/8, $0x98badcfe10325476
DATA begin<>+8(SB)/8, $0x67452301efcdab89
GLOBL begin<>(SB), RODATA|NOPTR, $16
DATA beginE<>+0(SB)/8, $0
DATA beginE<>+8(SB)/8, $0xc3d2e1f000000000
GLOBL beginE<>(SB), RODATA|NOPTR, $16

// The constants of SHA-1 (FIPS 180-4, 4.2.1), the first two of which MD4 has, too.
DATA added<>+0(SB)/8, $0x6ed9eba15a827999
DATA added<>+8(SB)/8, $0xca62c1d68f1bbcdc
GLOBL added<>(SB), RODATA|NOPTR, $16

// func cpuSHA() bool
TEXT ·cpuSHA(SB), NOSPLIT, $0-1
	MOVL $7, AX
	XORL CX, CX
	CPUID
	SHRL $29, BX
	ANDL $1, BX
	MOVB BX, ret+0(FP)
	RET

// BEGIN loads a word for all messages.
#define BEGIN(value, Y) VPBROADCASTD value(SB), Y

// TRANSPOSE makes of four rows of four words, in each half, the columns.
#define TRANSPOSE(A, B, C, D) \
	VPUNPCKLDQ  B, A, Y4   \
	VPUNPCKHDQ  B, A, Y5   \
	VPUNPCKLDQ  D, C, Y6   \
	VPUNPCKHDQ  D, C, Y7   \
	VPUNPCKLQDQ Y6, Y4, A  \
	VPUNPCKHQDQ Y6, Y4, B  \
	VPUNPCKLQDQ Y7, Y5, C  \
	VPUNPCKHQDQ Y7, Y5, D

// ROWS loads four words, from the i-th on, of messages l and l+4.
#define ROWS(i, l, X, Y) \
	VMOVDQU     (digester_blocks+64*(l)+4*(i))(DI), X           \
	VINSERTI128 $1, (digester_blocks+64*(l)+256+4*(i))(DI), Y, Y

#define STOREWORD(i, Y) VMOVDQU Y, (digester_words+32*(i))(DI)

// WORDS makes the words from the i-th on of all messages, with their bytes as swap tells.
#define WORDS(i, swap) \
	ROWS(i, 0, X0, Y0)        \
	ROWS(i, 1, X1, Y1)        \
	ROWS(i, 2, X2, Y2)        \
	ROWS(i, 3, X3, Y3)        \
	swap(Y0)                  \
	swap(Y1)                  \
	swap(Y2)                  \
	swap(Y3)                  \
	TRANSPOSE(Y0, Y1, Y2, Y3) \
	STOREWORD(i+0, Y0)        \
	STOREWORD(i+1, Y1)        \
	STOREWORD(i+2, Y2)        \
	STOREWORD(i+3, Y3)

#define ASIS(Y)
#define SWAP(Y) VPSHUFB Y15, Y, Y

// DIGEST stores sixteen bytes of the digests l and l+4.
#define DIGEST(l, X, Y) \
	VMOVDQU      X, (digester_sums+32*(l))(DI)         \
	VEXTRACTI128 $1, Y, (digester_sums+32*(l)+128)(DI)

// DIGESTS adds what the hash began with to A to D, in Y0 to Y3, and stores the sums.
#define DIGESTS(swap) \
	BEGIN(begin<>+12, Y4)     \
	BEGIN(begin<>+8, Y5)      \
	BEGIN(begin<>+4, Y6)      \
	BEGIN(begin<>+0, Y7)      \
	VPADDD Y4, Y0, Y0         \
	VPADDD Y5, Y1, Y1         \
	VPADDD Y6, Y2, Y2         \
	VPADDD Y7, Y3, Y3         \
	TRANSPOSE(Y0, Y1, Y2, Y3) \
	swap(Y0)                  \
	swap(Y1)                  \
	swap(Y2)                  \
	swap(Y3)                  \
	DIGEST(0, X0, Y0)         \
	DIGEST(1, X1, Y1)         \
	DIGEST(2, X2, Y2)         \
	DIGEST(3, X3, Y3)

// CLEAR clears the messages, and all that was made of them but the digests: blocks, words
// and registers.
#define CLEAR \
	VZEROALL                                   \
	MOVL    $(2*8*64/128), CX                  \
	clear:                                     \
	VMOVDQU Y0, (digester_blocks+0)(DI)        \
	VMOVDQU Y0, (digester_blocks+32)(DI)       \
	VMOVDQU Y0, (digester_blocks+64)(DI)       \
	VMOVDQU Y0, (digester_blocks+96)(DI)       \
	ADDQ    $128, DI                           \
	DECL    CX                                 \
	JNZ     clear

#define ROTATE(n, X, T, Y) \
	VPSLLD $(n), X, T    \
	VPSRLD $(32-n), X, Y \
	VPOR   T, Y, Y

// The functions of the rounds of both hashes, added to E: CHOOSE takes C where B is set and D
// elsewhere, MAJORITY what two or three have, PARITY what one or three. B is known last: as
// little as can be waits for it.
#define CHOOSE(B, C, D, E) \
	VPXOR  C, D, Y5  \
	VPAND  B, Y5, Y5 \
	VPXOR  D, Y5, Y5 \
	VPADDD Y5, E, E
#define MAJORITY(B, C, D, E) \
	VPXOR  C, D, Y5  \
	VPAND  C, D, Y6  \
	VPADDD Y6, E, E  \
	VPAND  B, Y5, Y5 \
	VPADDD Y5, E, E
#define PARITY(B, C, D, E) \
	VPXOR  C, D, Y5  \
	VPXOR  B, Y5, Y5 \
	VPADDD Y5, E, E

// SHA is a step of SHA-1 with a word in Y7, and its constant in Y8 (FIPS 180-4, 6.1.2).
#define SHA(function, A, B, C, D, E) \
	VPADDD Y7, E, E       \
	VPADDD Y8, E, E       \
	function(B, C, D, E)  \
	ROTATE(5, A, Y6, Y7)  \
	VPADDD Y7, E, E       \
	ROTATE(30, B, Y6, B)

#define WORD(i) (digester_words+32*((i)&15))(DI)

// SHAWORD is SHA with the i-th word of the message.
#define SHAWORD(function, i, A, B, C, D, E) \
	VMOVDQU WORD(i), Y7            \
	SHA(function, A, B, C, D, E)

// SHANEXT is SHA with the next word of the schedule, which replaces the one sixteen in front.
#define SHANEXT(function, i, A, B, C, D, E) \
	VMOVDQU WORD(i), Y7            \
	VPXOR   WORD(i+2), Y7, Y7      \
	VPXOR   WORD(i+8), Y7, Y7      \
	VPXOR   WORD(i+13), Y7, Y7     \
	ROTATE(1, Y7, Y6, Y7)          \
	VMOVDQU Y7, WORD(i)            \
	SHA(function, A, B, C, D, E)

#define FIVE(STEP, function, i) \
	STEP(function, i+0, Y0, Y1, Y2, Y3, Y4) \
	STEP(function, i+1, Y4, Y0, Y1, Y2, Y3) \
	STEP(function, i+2, Y3, Y4, Y0, Y1, Y2) \
	STEP(function, i+3, Y2, Y3, Y4, Y0, Y1) \
	STEP(function, i+4, Y1, Y2, Y3, Y4, Y0)

#define TWENTY(function, i) \
	FIVE(SHANEXT, function, i+0)  \
	FIVE(SHANEXT, function, i+5)  \
	FIVE(SHANEXT, function, i+10) \
	FIVE(SHANEXT, function, i+15)

// func sha1AVX2(d *digester)
TEXT ·sha1AVX2(SB), NOSPLIT, $0-8
	MOVQ           d+0(FP), DI
	VBROADCASTI128 swapped<>(SB), Y15
	WORDS(0, SWAP)
	WORDS(4, SWAP)
	WORDS(8, SWAP)
	WORDS(12, SWAP)
	BEGIN(begin<>+12, Y0)
	BEGIN(begin<>+8, Y1)
	BEGIN(begin<>+4, Y2)
	BEGIN(begin<>+0, Y3)
	BEGIN(beginE<>+12, Y4)
	BEGIN(added<>+0, Y8)
	FIVE(SHAWORD, CHOOSE, 0)
	FIVE(SHAWORD, CHOOSE, 5)
	FIVE(SHAWORD, CHOOSE, 10)
	SHAWORD(CHOOSE, 15, Y0, Y1, Y2, Y3, Y4)
	SHANEXT(CHOOSE, 16, Y4, Y0, Y1, Y2, Y3)
	SHANEXT(CHOOSE, 17, Y3, Y4, Y0, Y1, Y2)
	SHANEXT(CHOOSE, 18, Y2, Y3, Y4, Y0, Y1)
	SHANEXT(CHOOSE, 19, Y1, Y2, Y3, Y4, Y0)
	BEGIN(added<>+4, Y8)
	TWENTY(PARITY, 20)
	BEGIN(added<>+8, Y8)
	TWENTY(MAJORITY, 40)
	BEGIN(added<>+12, Y8)
	TWENTY(PARITY, 60)
	BEGIN(beginE<>+12, Y8)
	VPADDD         Y4, Y8, Y8
	VPSHUFB        Y15, Y8, Y8
	DIGESTS(SWAP)
	VEXTRACTI128   $1, Y8, X9
	VMOVD          X8, (digester_sums+32*0+16)(DI)
	VPEXTRD        $1, X8, (digester_sums+32*1+16)(DI)
	VPEXTRD        $2, X8, (digester_sums+32*2+16)(DI)
	VPEXTRD        $3, X8, (digester_sums+32*3+16)(DI)
	VMOVD          X9, (digester_sums+32*4+16)(DI)
	VPEXTRD        $1, X9, (digester_sums+32*5+16)(DI)
	VPEXTRD        $2, X9, (digester_sums+32*6+16)(DI)
	VPEXTRD        $3, X9, (digester_sums+32*7+16)(DI)
	CLEAR
	RET

// MD4STEP is a step of MD4 with the i-th word, and the constant of a round in Y8 (RFC 1320,
// section 3.4).
#define MD4STEP(function, i, shift, A, B, C, D) \
	VPADDD WORD(i), A, A   \
	VPADDD Y8, A, A        \
	function(B, C, D, A)   \
	ROTATE(shift, A, Y6, A)

#define FOUR(function, i, j, k, l, s, t, u, v) \
	MD4STEP(function, i, s, Y0, Y1, Y2, Y3) \
	MD4STEP(function, j, t, Y3, Y0, Y1, Y2) \
	MD4STEP(function, k, u, Y2, Y3, Y0, Y1) \
	MD4STEP(function, l, v, Y1, Y2, Y3, Y0)

// func md4AVX2(d *digester)
TEXT ·md4AVX2(SB), NOSPLIT, $0-8
	MOVQ  d+0(FP), DI
	WORDS(0, ASIS)
	WORDS(4, ASIS)
	WORDS(8, ASIS)
	WORDS(12, ASIS)
	BEGIN(begin<>+12, Y0)
	BEGIN(begin<>+8, Y1)
	BEGIN(begin<>+4, Y2)
	BEGIN(begin<>+0, Y3)
	VPXOR Y8, Y8, Y8
	FOUR(CHOOSE, 0, 1, 2, 3, 3, 7, 11, 19)
	FOUR(CHOOSE, 4, 5, 6, 7, 3, 7, 11, 19)
	FOUR(CHOOSE, 8, 9, 10, 11, 3, 7, 11, 19)
	FOUR(CHOOSE, 12, 13, 14, 15, 3, 7, 11, 19)
	BEGIN(added<>+0, Y8)
	FOUR(MAJORITY, 0, 4, 8, 12, 3, 5, 9, 13)
	FOUR(MAJORITY, 1, 5, 9, 13, 3, 5, 9, 13)
	FOUR(MAJORITY, 2, 6, 10, 14, 3, 5, 9, 13)
	FOUR(MAJORITY, 3, 7, 11, 15, 3, 5, 9, 13)
	BEGIN(added<>+4, Y8)
	FOUR(PARITY, 0, 8, 4, 12, 3, 9, 11, 15)
	FOUR(PARITY, 2, 10, 6, 14, 3, 9, 11, 15)
	FOUR(PARITY, 1, 9, 5, 13, 3, 9, 11, 15)
	FOUR(PARITY, 3, 11, 7, 15, 3, 9, 11, 15)
	DIGESTS(ASIS)
	CLEAR
	RET

// The instructions for SHA-1 do four steps at once. They wait for each other, so that two
// messages, in X0 to X6 and X8 to X14, take hardly longer than one.

// LOAD loads four words of a message, from byte at of its block on, and clears them there.
#define LOAD(at, M) \
	MOVOU  (digester_blocks+at)(DI), M    \
	PSHUFB X7, M                          \
	MOVOU  X15, (digester_blocks+at)(DI)

// BEGINSHA does the first sixteen steps of a message, whose A to D are in A and whose E is in
// E and F by turns, and prepares the words of the next.
#define BEGINSHA(at, A, E, F, M0, M1, M2, M3) \
	MOVOU     begin<>(SB), A   \
	MOVOU     beginE<>(SB), E  \
	LOAD(at+0, M0)             \
	LOAD(at+16, M1)            \
	LOAD(at+32, M2)            \
	LOAD(at+48, M3)            \
	PADDD     M0, E            \
	MOVO      A, F             \
	SHA1RNDS4 $0, E, A         \
	SHA1NEXTE M1, F            \
	MOVO      A, E             \
	SHA1RNDS4 $0, F, A         \
	SHA1MSG1  M1, M0           \
	SHA1NEXTE M2, E            \
	MOVO      A, F             \
	SHA1RNDS4 $0, E, A         \
	SHA1MSG1  M2, M1           \
	PXOR      M2, M0           \
	SHAFOUR(0, A, F, E, M3, M0, M1, M2)

// SHAFOUR does four steps with the words in M0, and those of the next steps as far as they
// can be: those behind the last are for nothing.
#define SHAFOUR(function, A, E, F, M0, M1, M2, M3) \
	SHA1NEXTE M0, E            \
	MOVO      A, F             \
	SHA1MSG2  M0, M1           \
	SHA1RNDS4 $function, E, A  \
	SHA1MSG1  M0, M3           \
	PXOR      M0, M2

// SHASIXTEEN does sixteen steps of both messages, four with each function.
#define SHASIXTEEN(f, g, h, i) \
	SHAFOUR(f, X0, X5, X6, X1, X2, X3, X4)       \
	SHAFOUR(f, X8, X13, X14, X9, X10, X11, X12)  \
	SHAFOUR(g, X0, X6, X5, X2, X3, X4, X1)       \
	SHAFOUR(g, X8, X14, X13, X10, X11, X12, X9)  \
	SHAFOUR(h, X0, X5, X6, X3, X4, X1, X2)       \
	SHAFOUR(h, X8, X13, X14, X11, X12, X9, X10)  \
	SHAFOUR(i, X0, X6, X5, X4, X1, X2, X3)       \
	SHAFOUR(i, X8, X14, X13, X12, X9, X10, X11)

// ENDSHA stores a digest, with M for what the hash began with.
#define ENDSHA(at, A, E, M) \
	MOVOU     begin<>(SB), M            \
	PADDD     M, A                      \
	PSHUFB    X7, A                     \
	MOVOU     A, (digester_sums+at)(SI) \
	MOVOU     beginE<>(SB), M           \
	SHA1NEXTE M, E                      \
	PSHUFB    X7, E                     \
	MOVD      E, (digester_sums+at+16)(SI)

// func sha1SHA(d *digester)
TEXT ·sha1SHA(SB), NOSPLIT, $0-8
	MOVQ  d+0(FP), DI
	MOVQ  DI, SI
	MOVQ  digester_n(DI), CX
	MOVOU reversed<>(SB), X7
	PXOR  X15, X15

two: // if there is but one left, an empty block with it
	BEGINSHA(0, X0, X5, X6, X1, X2, X3, X4)
	BEGINSHA(64, X8, X13, X14, X9, X10, X11, X12)
	SHASIXTEEN(0, 1, 1, 1)
	SHASIXTEEN(1, 1, 2, 2)
	SHASIXTEEN(2, 2, 2, 3)
	SHASIXTEEN(3, 3, 3, 3)
	ENDSHA(0, X0, X5, X1)
	ENDSHA(32, X8, X13, X9)
	ADDQ $128, DI
	ADDQ $64, SI
	SUBQ $2, CX
	JG   two
	VZEROALL
	RET
