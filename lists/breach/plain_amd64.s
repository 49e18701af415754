#include "textflag.h"

// Eight times '0', the bit of lower case, 'a', 9, 5, 10, the weights 16 and 1.
DATA zeros<>+0(SB)/8, $0x3030303030303030
GLOBL zeros<>(SB), RODATA|NOPTR, $8
DATA lower<>+0(SB)/8, $0x2020202020202020
GLOBL lower<>(SB), RODATA|NOPTR, $8
DATA letters<>+0(SB)/8, $0x6161616161616161
GLOBL letters<>(SB), RODATA|NOPTR, $8
DATA nines<>+0(SB)/8, $0x0909090909090909
GLOBL nines<>(SB), RODATA|NOPTR, $8
DATA fives<>+0(SB)/8, $0x0505050505050505
GLOBL fives<>(SB), RODATA|NOPTR, $8
DATA tens<>+0(SB)/8, $0x0a0a0a0a0a0a0a0a
GLOBL tens<>(SB), RODATA|NOPTR, $8
DATA weights<>+0(SB)/8, $0x0110011001100110
GLOBL weights<>(SB), RODATA|NOPTR, $8

// For decimal, as in Go.
DATA beyond<>+0(SB)/8, $0x7676767676767676
GLOBL beyond<>(SB), RODATA|NOPTR, $8
DATA highs<>+0(SB)/8, $0x8080808080808080
GLOBL highs<>(SB), RODATA|NOPTR, $8
DATA pairs<>+0(SB)/8, $0x00ff00ff00ff00ff
GLOBL pairs<>(SB), RODATA|NOPTR, $8
DATA fours<>+0(SB)/8, $0x0000ffff0000ffff
GLOBL fours<>(SB), RODATA|NOPTR, $8

// HEX decodes the digits in text to bytes in every other place of value, each of
// 16 bits, and sets the bytes of valid where there are digits of either case.
#define HEX(text, a, b, value, valid, zeros, lower, letters, nines, fives, tens, weights) \
	VPOR       lower, text, a     \
	VPSUBB     zeros, text, b     \ // 0 to 9
	VPSUBB     letters, a, a      \ // 0 to 5
	VPMINUB    nines, b, value    \
	VPCMPEQB   value, b, value    \ // is a decimal digit
	VPMINUB    fives, a, valid    \
	VPCMPEQB   valid, a, valid    \ // is a letter
	VPADDB     tens, a, a         \
	VPOR       value, valid, valid \
	VPBLENDVB  value, b, a, value \
	VPMADDUBSW weights, value, value

// func readAVX2(f *plainLines, records *filter.Record, room int, text *byte, n int) (lines, read int)
//
// SI is the line, DI the record, R8 the room, R9 the end, R13 the first 64 bits
// of the hash before.
TEXT ·readAVX2(SB), NOSPLIT, $0-56
	MOVQ         f+0(FP), AX
	MOVQ         records+8(FP), DI
	MOVQ         room+16(FP), R8
	MOVQ         text+24(FP), SI
	MOVQ         n+32(FP), R9
	ADDQ         SI, R9
	MOVQ         0(AX), R11            // width
	MOVQ         8(AX), R10            // skip
	VMOVQ        16(AX), X15           // prefix
	VMOVQ        24(AX), X7            // mask
	MOVQ         32(AX), R12           // order
	MOVQ         40(AX), R13           // last
	VPBROADCASTQ zeros<>(SB), Y8
	VPBROADCASTQ lower<>(SB), Y9
	VPBROADCASTQ letters<>(SB), Y10
	VPBROADCASTQ nines<>(SB), Y11
	VPBROADCASTQ fives<>(SB), Y12
	VPBROADCASTQ tens<>(SB), Y13
	VPBROADCASTQ weights<>(SB), Y14

line:
	CMPQ SI, R9
	JAE  done
	TESTQ R8, R8
	JZ   done
	MOVQ SI, DX
	SUBQ R10, DX

	// The first 32 digits.
	VMOVDQU (DX), Y0
	VPANDN  Y0, Y7, Y0
	VPOR    Y15, Y0, Y0
	HEX(Y0, Y1, Y2, Y3, Y4, Y8, Y9, Y10, Y11, Y12, Y13, Y14)
	VPACKUSWB Y3, Y3, Y3
	VPERMQ    $8, Y3, Y3
	VPMOVMSKB Y4, AX
	CMPL      AX, $-1
	JNE       done
	VMOVDQU   X3, (DI)
	VMOVQ     X3, BX
	BSWAPQ    BX
	CMPQ      BX, R13
	JBE       done
	MOVL      $0, 16(DI)
	CMPQ      R11, $40
	JNE       count

	// The last eight.
	VMOVQ     32(DX), X0
	HEX(X0, X1, X2, X3, X4, X8, X9, X10, X11, X12, X13, X14)
	VPACKUSWB X3, X3, X3
	VPMOVMSKB X4, AX
	CMPB      AL, $-1
	JNE       done
	VMOVD     X3, 16(DI)

count:
	ADDQ   R11, DX
	CMPB   (DX), $':'
	JNE    done
	MOVQ   1(DX), AX
	XORQ   zeros<>(SB), AX
	MOVQ   beyond<>(SB), CX
	ADDQ   AX, CX
	ORQ    AX, CX
	ANDQ   highs<>(SB), CX
	BSFQ   CX, CX             // 7 + 8 * digits
	JZ     done
	MOVL   CX, R14
	SHRL   $3, R14
	JZ     done
	LEAQ   1(DX)(R14*1), DX   // behind the count
	NEGL   CX
	ADDL   $71, CX
	SHLQ   CX, AX
	LEAQ   (AX)(AX*4), CX
	ADDQ   CX, CX
	SHRQ   $8, AX
	ADDQ   CX, AX
	ANDQ   pairs<>(SB), AX
	IMUL3Q $100, AX, CX
	SHRQ   $16, AX
	ADDQ   CX, AX
	ANDQ   fours<>(SB), AX
	IMUL3Q $10000, AX, CX
	SHRQ   $32, AX
	ADDL   CX, AX
	JZ     done
	MOVL   AX, 20(DI)

	// The end of the line.
	MOVWLZX (DX), CX
	CMPB    CL, $'\n'
	JEQ     next
	CMPL    CX, $0x0a0d
	JNE     done
	INCQ    DX

next:
	LEAQ 1(DX), SI
	MOVQ BX, R13
	ANDQ R12, R13
	ADDQ $24, DI
	DECQ R8
	JMP  line

done:
	VZEROUPPER
	MOVQ room+16(FP), AX
	SUBQ R8, AX
	MOVQ AX, lines+40(FP)
	SUBQ text+24(FP), SI
	MOVQ SI, read+48(FP)
	RET
