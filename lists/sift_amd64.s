#include "textflag.h"

// func fetch(buckets *[bucketCount]bucket, keys []uint64)
TEXT ·fetch(SB), NOSPLIT, $0-32
	MOVQ buckets+0(FP), BX
	MOVQ keys_base+8(FP), SI
	MOVQ keys_len+16(FP), CX
	JMP  last

key:
	MOVQ       (SI)(CX*8), AX
	SHRQ       $48, AX
	SHLQ       $4, AX      // 16 bytes a bucket
	PREFETCHT0 (BX)(AX*1)

last:
	SUBQ $1, CX
	JCC  key
	RET

// func sift(buckets *[bucketCount]bucket, entries *byte, keys []uint64) (may uint32)
//
// The last key comes first. Entries lie about evenly between the first and the last of a
// bucket. What is asked for of keys that are not there is their bucket once more.
TEXT ·sift(SB), NOSPLIT, $0-44
	MOVQ buckets+0(FP), BX
	MOVQ entries+8(FP), DI
	MOVQ keys_base+16(FP), SI
	MOVQ keys_len+24(FP), CX
	XORL R10, R10
	JMP  last

key:
	MOVQ       (SI)(CX*8), AX
	MOVQ       AX, DX
	SHRQ       $48, AX
	SHLQ       $4, AX
	ADDQ       BX, AX         // the bucket
	SHRQ       $42, DX
	ANDL       $63, DX        // the next six bits
	MOVQ       (AX), R11      // taken
	MOVL       8(AX), R8      // start
	MOVL       12(AX), R9     // end
	SUBL       R8, R9
	IMULL      DX, R9
	SHRL       $6, R9
	ADDQ       R8, R9
	LEAQ       (R9)(R9*4), R9 // 5 bytes an entry
	ADDQ       DI, R9
	BTQ        DX, R11
	CMOVQCC    AX, R9
	ADCL       R10, R10       // shifts the bit in
	PREFETCHT0 (R9)

last:
	SUBQ $1, CX
	JCC  key
	MOVL R10, may+40(FP)
	RET
