/*
 * int guard(void (*f)(void *), void *argument)
 *
 * Calls f(argument). An exception of the processor or of the system inside ends
 * f and makes the result 1: what lsass does not handle ends it. GCC has no
 * __try, so the table that the handler of Windows reads is written here: one
 * scope, whose filter is the constant 1 (execute the handler), and its target.
 */
	.def	@feat.00; .scl 3; .type 0; .endef
	.globl	@feat.00
	.set	@feat.00, 0x800 /* knows Control Flow Guard: no address in here is taken */

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
	call	*__guard_dispatch_icall_fptr(%rip)
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

/*
 * Control Flow Guard: the load configuration tells Windows where a call may end,
 * and where to put its own check (PE format, "Load Configuration Layout"; its size
 * is that of the first version with the guard). Older systems leave ours, which
 * just call. The linker fills the table; the only call by address is in guard.
 */
no_check:
	ret
no_dispatch:
	jmp	*%rax

	.section .00cfg,"dr"
	.p2align 3
__guard_check_icall_fptr:
	.quad	no_check
__guard_dispatch_icall_fptr:
	.quad	no_dispatch

	.section .rdata,"dr"
	.p2align 3
	.globl	_load_config_used
_load_config_used:
	.long	0x94
	.zero	0x70 - 4
	.quad	__guard_check_icall_fptr
	.quad	__guard_dispatch_icall_fptr
	.quad	__guard_fids_table
	.quad	__guard_fids_count
	.long	__guard_flags
