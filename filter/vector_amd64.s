#include "textflag.h"

// func matchAVX2(line *[64]byte, x uint32) uint32
//
// Compares the 16 remainders with x, eight at a time.
TEXT ·matchAVX2(SB), NOSPLIT, $0-20
	MOVQ         line+0(FP), AX
	MOVL         x+8(FP), CX
	VMOVD        CX, X0
	VPBROADCASTD X0, Y0
	VPCMPEQD     (AX), Y0, Y1
	VPCMPEQD     32(AX), Y0, Y2
	VMOVMSKPS    Y1, CX
	VMOVMSKPS    Y2, DX
	SHLL         $8, DX
	ORL          DX, CX
	MOVL         CX, ret+16(FP)
	VZEROUPPER
	RET

// Where the probes of the eight words begin.
DATA probes<>+0(SB)/8, $16
DATA probes<>+8(SB)/8, $22
DATA probes<>+16(SB)/8, $28
DATA probes<>+24(SB)/8, $34
DATA probes<>+32(SB)/8, $40
DATA probes<>+40(SB)/8, $46
DATA probes<>+48(SB)/8, $52
DATA probes<>+56(SB)/8, $58
GLOBL probes<>(SB), RODATA|NOPTR, $64
DATA six<>+0(SB)/8, $63
GLOBL six<>(SB), RODATA|NOPTR, $8
DATA one<>+0(SB)/8, $1
GLOBL one<>(SB), RODATA|NOPTR, $8

// func setProbesAVX2(b *[8]uint64, heads []uint64, last uint64) int
//
// Sets one bit in each of four words at a time.
TEXT ·setProbesAVX2(SB), NOSPLIT, $0-48
	MOVQ         b+0(FP), DI
	MOVQ         heads_base+8(FP), SI
	MOVQ         heads_len+16(FP), R8
	MOVQ         last+32(FP), R9
	MOVQ         $0x9e3779b97f4a7c15, R10 // spread
	XORL         AX, AX
	VMOVDQU      (DI), Y0
	VMOVDQU      32(DI), Y1
	VMOVDQU      probes<>+0(SB), Y2
	VMOVDQU      probes<>+32(SB), Y3
	VPBROADCASTQ six<>(SB), Y4
	VPBROADCASTQ one<>(SB), Y5

head:
	CMPQ         AX, R8
	JAE          done
	MOVQ         (SI)(AX*8), CX
	CMPQ         CX, R9
	JA           done
	IMULQ        R10, CX
	VMOVQ        CX, X6
	VPBROADCASTQ X6, Y6
	VPSRLVQ      Y2, Y6, Y7
	VPSRLVQ      Y3, Y6, Y6
	VPAND        Y4, Y7, Y7
	VPAND        Y4, Y6, Y6
	VPSLLVQ      Y7, Y5, Y7
	VPSLLVQ      Y6, Y5, Y6
	VPOR         Y7, Y0, Y0
	VPOR         Y6, Y1, Y1
	INCQ         AX
	JMP          head

done:
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	VZEROUPPER
	MOVQ    AX, ret+40(FP)
	RET

// func hasProbesAVX2(b *[64]byte, p uint64) bool
//
// Looks for a probe that is not in its word, four words at a time.
TEXT ·hasProbesAVX2(SB), NOSPLIT, $0-17
	MOVQ         b+0(FP), DI
	VPBROADCASTQ p+8(FP), Y6
	VPBROADCASTQ six<>(SB), Y4
	VPBROADCASTQ one<>(SB), Y5
	VPSRLVQ      probes<>+0(SB), Y6, Y7
	VPSRLVQ      probes<>+32(SB), Y6, Y6
	VPAND        Y4, Y7, Y7
	VPAND        Y4, Y6, Y6
	VPSLLVQ      Y7, Y5, Y7
	VPSLLVQ      Y6, Y5, Y6
	VMOVDQU      (DI), Y0
	VMOVDQU      32(DI), Y1
	VPANDN       Y7, Y0, Y7
	VPANDN       Y6, Y1, Y6
	VPOR         Y6, Y7, Y7
	VPTEST       Y7, Y7
	SETEQ        ret+16(FP)
	VZEROUPPER
	RET
