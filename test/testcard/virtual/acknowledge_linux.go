package virtual

import (
	"net"
	"syscall"
)

// acknowledge sends the acknowledgement that the driver waits for before it sends the rest of a message:
// it writes length and message one after the other, and Linux would wait 40 ms for more to acknowledge.
func acknowledge(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) { // without it the card is only slow
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
