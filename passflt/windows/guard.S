/*
 * int guard(void (*f)(void *), void *argument)
 *
 * Calls f(argument). An exception of the processor or of the system inside ends
 * f and makes the result 1: what lsass does not handle ends it. GCC has no
 * __try, so the table that the handler of Windows reads is written here: one
 * scope, whose filter is the constant 1 (execute the handler), and its target.
 */
	.text
	.globl	guard
	.def	guard; .scl 2; .type 32; .endef
	.seh_proc guard
guard:
	subq	$40, %rsp
	.seh_stackalloc 40
	.seh_endprologue
	movq	%rcx, %rax
	movq	%rdx, %rcx
.Lbegin:
	call	*%rax
	nop
.Lend:
	xorl	%eax, %eax
.Lreturn:
	addq	$40, %rsp
	ret
.Lhandler:
	movl	$1, %eax
	jmp	.Lreturn
	.seh_handler __C_specific_handler, @except
	.seh_handlerdata
	.long	1
	.rva	.Lbegin, .Lend
	.long	1
	.rva	.Lhandler
	.text
	.seh_endproc
