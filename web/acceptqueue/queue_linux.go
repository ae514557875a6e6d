package acceptqueue

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// dropSYN is a socket filter that sees segments from their TCP header on, and drops those that open a connection.
var dropSYN = []unix.SockFilter{
	{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: 13}, // the flags
	{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0x12},
	{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: 0x02, Jf: 1}, // SYN without ACK
	{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff},
}

// ignoreNew has the kernel complete no further handshakes on a listening socket.
func ignoreNew(raw syscall.RawConn) error {
	program := unix.SockFprog{Len: uint16(len(dropSYN)), Filter: &dropSYN[0]}
	var result error
	err := raw.Control(func(fd uintptr) {
		result = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program)
	})
	return errors.Join(err, result)
}

// isWaiting reports whether a listening socket has connections that are not accepted yet.
func isWaiting(raw syscall.RawConn) (waits bool, err error) {
	var result error
	err = raw.Control(func(fd uintptr) {
		var n int
		n, result = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		waits = n > 0
	})
	if errors.Is(result, unix.EINTR) {
		return true, err
	}
	return waits, errors.Join(err, result)
}
