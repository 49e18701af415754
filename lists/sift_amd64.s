#include "textflag.h"

// FETCH asks for the bucket of the key at a place, of 16 bytes.
#define FETCH(i) \
	MOVQ       (8*(i))(SI), AX \
	SHRQ       $48, AX         \
	SHLQ       $4, AX          \
	PREFETCHT0 (BX)(AX*1)

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

// SIFT shifts into R10 whether the key at a place, counted from SI+8*CX, may be there as taken
// tells, into R11 whether as more does, and asks for about where its entry is: they lie about
// evenly in all buckets. What is asked for of keys that are not there is their bucket once
// more.
#define SIFT(i) \
	MOVQ       (8*(i))(SI)(CX*8), R12 \
	MOVQ       R12, AX                \
	SHRQ       $48, AX                \
	SHLQ       $4, AX                 \
	ADDQ       BX, AX                 \ // the bucket
	MOVQ       (AX), R8               \ // taken
	MOVL       8(AX), R9              \ // more
	MOVL       12(AX), R14            \ // start
	SHRQ       $37, R12               \
	MOVQ       R12, DX                \
	SHRQ       $5, DX                 \
	MOVL       DX, R13                \
	ANDL       $63, R13               \
	IMULQ      DI, R13                \
	SHRQ       $22, R13               \ // of 64 parts of 2^16 buckets
	LEAQ       (R14)(R14*4), R14      \ // 5 bytes an entry
	ADDQ       R14, R13               \
	ADDQ       R15, R13               \
	BTQ        DX, R8                 \
	CMOVQCC    AX, R13                \
	ADCL       R10, R10               \
	BTL        R12, R9                \
	CMOVQCC    AX, R13                \
	ADCL       R11, R11               \
	PREFETCHT0 (R13)

// func sift(buckets *[bucketCount + 1]bucket, entries []byte, keys []uint64) (may uint32)
//
// The last key comes first, those behind groups of eight by themselves.
TEXT ·sift(SB), NOSPLIT, $0-60
	MOVQ buckets+0(FP), BX
	MOVQ entries_base+8(FP), R15
	MOVQ entries_len+16(FP), DI
	MOVQ keys_base+32(FP), SI
	MOVQ keys_len+40(FP), CX
	XORL R10, R10
	XORL R11, R11
	JMP  next

key:
	SUBQ $1, CX
	SIFT(0)

next:
	TESTQ $7, CX
	JNE   key
	SUBQ  $8, CX
	JCS   end

group:
	SIFT(7)
	SIFT(6)
	SIFT(5)
	SIFT(4)
	SIFT(3)
	SIFT(2)
	SIFT(1)
	SIFT(0)
	SUBQ $8, CX
	JCC  group

end:
	ANDL R11, R10
	MOVL R10, may+56(FP)
	RET
