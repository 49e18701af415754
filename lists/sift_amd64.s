#include "textflag.h"

// FETCH asks for the bucket of the key at a place, of 16 bytes.
#define FETCH(i) \
	MOVWLZX    (8*(i)+6)(SI), AX \
	ADDL       AX, AX            \
	PREFETCHT0 (BX)(AX*8)

// func fetch(buckets *[bucketCount + 1]bucket, keys []uint64)
//
// Groups of eight keys take no branch each.
TEXT ·fetch(SB), NOSPLIT, $0-32
	MOVQ buckets+0(FP), BX
	MOVQ keys_base+8(FP), SI
	MOVQ keys_len+16(FP), CX
	SUBQ $8, CX
	JCS  rest

group:
	FETCH(0)
	FETCH(1)
	FETCH(2)
	FETCH(3)
	FETCH(4)
	FETCH(5)
	FETCH(6)
	FETCH(7)
	ADDQ $64, SI
	SUBQ $8, CX
	JCC  group

rest:
	ADDQ $8, CX
	JMP  last

key:
	FETCH(0)
	ADDQ $8, SI

last:
	SUBQ $1, CX
	JCC  key
	RET

DATA parts<>+0(SB)/8, $63 // those of a bucket that taken tells apart
DATA parts<>+8(SB)/8, $31 // and of these more
DATA parts<>+16(SB)/8, $5 // bytes of an entry
GLOBL parts<>(SB), RODATA|NOPTR, $24

// SIFT brings to AX which of four keys may be there, and asks for about where their entries
// are: they lie about evenly in all buckets. What is asked for of keys that are not there is
// the first entry.
#define SIFT(i) \
	MOVWLZX      (32*(i)+6)(SI), R8      \ // their buckets
	MOVWLZX      (32*(i)+14)(SI), R9     \
	MOVWLZX      (32*(i)+22)(SI), R10    \
	MOVWLZX      (32*(i)+30)(SI), R11    \
	ADDL         R8, R8                  \ // of 16 bytes
	ADDL         R9, R9                  \
	ADDL         R10, R10                \
	ADDL         R11, R11                \
	VMOVDQU      (BX)(R8*8), X0          \
	VMOVDQU      (BX)(R9*8), X1          \
	VINSERTI128  $1, (BX)(R10*8), Y0, Y0 \
	VINSERTI128  $1, (BX)(R11*8), Y1, Y1 \
	VPUNPCKLQDQ  Y1, Y0, Y2              \ // taken
	VPUNPCKHQDQ  Y1, Y0, Y3              \ // more and, above, start
	VMOVDQU      (32*(i))(SI), Y0        \
	VPSRLQ       $37, Y0, Y1             \
	VPSRLQ       $42, Y0, Y0             \
	VPAND        Y14, Y1, Y1             \
	VPAND        Y15, Y0, Y0             \
	VPSRLVQ      Y0, Y2, Y2              \
	VPSRLVQ      Y1, Y3, Y1              \
	VPAND        Y1, Y2, Y2              \
	VPSLLQ       $63, Y2, Y2             \
	VMOVMSKPD    Y2, AX                  \
	VPSRLQ       $32, Y3, Y3             \
	VPMULUDQ     Y13, Y3, Y3             \
	VPMULUDQ     Y12, Y0, Y0             \
	VPSRLQ       $14, Y0, Y0             \ // of 64 parts of 2^16 buckets
	VPADDQ       Y0, Y3, Y3              \
	VPADDQ       Y11, Y3, Y3             \
	VBLENDVPD    Y2, Y3, Y11, Y3         \
	VEXTRACTI128 $1, Y3, X2              \
	VMOVQ        X3, R8                  \
	VPEXTRQ      $1, X3, R9              \
	VMOVQ        X2, R10                 \
	VPEXTRQ      $1, X2, R11             \
	PREFETCHT0   (R8)                    \
	PREFETCHT0   (R9)                    \
	PREFETCHT0   (R10)                   \
	PREFETCHT0   (R11)

// func siftAVX2(buckets *[bucketCount + 1]bucket, entries []byte, keys []uint64) (may uint32)
TEXT ·siftAVX2(SB), NOSPLIT, $0-60
	MOVQ         buckets+0(FP), BX
	MOVQ         keys_base+32(FP), SI
	MOVQ         keys_len+40(FP), CX
	VPBROADCASTQ entries_base+8(FP), Y11
	VPBROADCASTQ entries_len+16(FP), Y12
	VPSRLQ       $8, Y12, Y12             // at most 2^32
	VPBROADCASTQ parts<>+16(SB), Y13
	VPBROADCASTQ parts<>+8(SB), Y14
	VPBROADCASTQ parts<>+0(SB), Y15
	XORL         DX, DX
	SHRQ         $3, CX
	JEQ          end
	MOVQ         CX, DI
	SHLQ         $6, DI
	ADDQ         DI, SI

group:
	SUBQ $64, SI
	SIFT(1)
	SHLL $4, DX
	ORL  AX, DX
	SIFT(0)
	SHLL $4, DX
	ORL  AX, DX
	DECQ CX
	JNE  group

end:
	MOVL DX, may+56(FP)
	VZEROUPPER
	RET
