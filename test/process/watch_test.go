package process

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestInterruptedWait interrupts a wait again and again, as Go's scheduler does on a busy machine: the process that ends in
// the meantime is seen to end, and not before.
func TestInterruptedWait(t *testing.T) {
	command := exec.Command("cat") // runs until its input ends
	input, err := command.StdinPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(command.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if ended, err := w.Ends(0); err != nil || ended {
		t.Fatalf("ended %v, %v before its input did", ended, err)
	}
	interrupted := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(interrupted)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			interrupt()
			if i == 100 {
				input.Close()
			}
		}
	}()
	ended, err := w.Ends(time.Minute)
	close(stop)
	<-interrupted
	if err != nil || !ended {
		t.Fatalf("ended %v, %v", ended, err)
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	gone, err := Open(command.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if ended, err := gone.Ends(0); err != nil || !ended {
		t.Fatalf("gone: ended %v, %v", ended, err)
	}
}

// interrupt sends each thread of this program the signal that Go's scheduler sends.
func interrupt() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, thread := range threads {
		if number, err := strconv.Atoi(thread.Name()); err == nil {
			_ = unix.Tgkill(os.Getpid(), number, unix.SIGURG)
		}
	}
}
