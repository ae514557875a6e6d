package worker

import (
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// attributes keeps the worker from the console of whoever has started the host, whose end would end it in the middle of an act.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
}

// becomeSubreaper puts this process, a worker, into a job of its own before it loads its library. What the library starts is in
// the job too, and ends when the only handle of the job closes: with this process, however that ends.
func becomeSubreaper() {
	_ = limit(windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, 0) // refused where the administrator allows no nested jobs
}

// limitMemory bounds what this process, and each that it starts, may commit.
func limitMemory(bytes uint64) error {
	return limit(windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY, uintptr(bytes))
}

// limit puts this process into a further job that has one limit.
func limit(flag uint32, memory uintptr) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = flag
	info.ProcessMemoryLimit = memory
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		err = windows.AssignProcessToJobObject(job, windows.CurrentProcess())
	}
	if err != nil {
		windows.CloseHandle(job)
	}
	return err
}

func startWorker(cmd *exec.Cmd) error { return cmd.Start() }

// killOwnDescendants and killDescendants have nothing to do: the job ends with the worker.
func killOwnDescendants()       {}
func killDescendants(*exec.Cmd) {}
