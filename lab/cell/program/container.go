package main

import (
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// shutdownLimit is what a Windows container has between the engine's stop and its end.
const shutdownLimit = 5 * time.Second

// runContainer is the main process: it starts what Windows has running anyway, then the command, and gives
// back the command's exit code.
func runContainer(argv []string, knobs knobs) int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	// In a build there is no network, and nobody who asks for names.
	if err := startDNSClient(knobs); err != nil {
		log.Printf("no DNS client: %v", err)
	}
	// All of Wine's processes share this one; the preloaded library is explained in reuseport.c.
	server := start([]string{"/usr/lib/wine/wineserver64", "-p"}, "LD_PRELOAD=/lab/reuseport.so")
	reap(server)
	command := start(windowsCommand(argv))
	go func() {
		<-stop
		// Whatever the signal, Windows shuts down: every program is told, and ended when it stays.
		_ = syscall.Kill(-1, syscall.SIGTERM)
		time.Sleep(shutdownLimit)
		_ = syscall.Kill(-1, syscall.SIGKILL)
	}()
	code := reap(command)
	saveRegistry()
	return code
}

// start runs a program beside this one.
func start(argv []string, environment ...string) int {
	attributes := syscall.ProcAttr{Env: append(os.Environ(), environment...), Files: []uintptr{0, 1, 2}}
	process, err := syscall.ForkExec(argv[0], argv, &attributes)
	if err != nil {
		log.Fatalf("%s: %v", argv[0], err)
	}
	return process
}

// reap waits for one process, and on the way for all that have lost their parent.
func reap(process int) int {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.EINTR || (err == nil && ended != process) {
			continue
		}
		if err != nil {
			return 1
		}
		if status.Signaled() {
			return 128 + int(status.Signal())
		}
		return status.ExitStatus()
	}
}

// saveRegistry has Wine write what the container's programs changed, for its restart or for the image.
func saveRegistry() {
	end := start([]string{"/bin/timeout", "3", "/usr/lib/wine/wineserver64", "-k"})
	reap(end)
}
