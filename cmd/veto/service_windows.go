package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"
)

// serviceName is the name of the service and of its source of events.
const serviceName = "veto"

// stopTime is how long stop waits for the service.
const stopTime = 20 * time.Second

// serviceFlag tells a process that it is the service; install gives it.
const serviceFlag = "service"

// addService adds the commands for the service and the flag of its process.
func addService(sidecar *cobra.Command) {
	sidecar.Flags().Bool(serviceFlag, false, "run as the Windows service")
	flag := sidecar.Flags().Lookup(serviceFlag)
	flag.Hidden, flag.Annotations = true, map[string][]string{flagOnly: {}}
	cmd := &cobra.Command{
		Use:   "service",
		Short: "install, start, stop and remove the Windows service",
		Long: `Service manages the Windows service veto, which runs veto sidecar as SYSTEM from
this program file and starts with the system. It takes Administrators.`,
		Example: `  veto sidecar service install --config C:\ProgramData\Veto\veto.yaml
  veto sidecar service start`,
		Args:        knownCommand,
		RunE:        missingCommand,
		Annotations: details(exitHelp()),
	}
	var config string
	install := serviceCommand("install", "install the service, to start with the system", func() error { return installService(config) })
	install.Flags().StringVar(&config, "config", "", "let the service read the configuration in `FILE`")
	cmd.AddCommand(install,
		serviceCommand("start", "start the service", func() error {
			return withService(func(s *mgr.Service) error { return s.Start() })
		}),
		serviceCommand("stop", "stop the service and wait for its end", func() error { return withService(stopService) }),
		serviceCommand("remove", "stop the service and remove it", removeService),
	)
	sidecar.AddCommand(cmd)
}

func serviceCommand(name, short string, run func() error) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Long: short + ".", Args: noArguments, Annotations: details(exitHelp()),
		RunE: func(*cobra.Command, []string) error {
			if err := run(); err != nil {
				return fmt.Errorf("service %s: %s: %w", serviceName, name, err)
			}
			return nil
		},
	}
}

// installService registers the service with this program and the configuration.
func installService(config string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"sidecar", "--" + serviceFlag}
	if config != "" {
		if config, err = filepath.Abs(config); err != nil {
			return err
		}
		args = append(args, "--config", config)
	}
	m, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer m.Disconnect()
	s, err := m.CreateService(serviceName, program, mgr.Config{
		StartType: mgr.StartAutomatic, DisplayName: "Veto password filter", Description: "Answers the password filters of this machine.",
	}, args...)
	if err != nil {
		return err
	}
	defer s.Close()
	restart := []mgr.RecoveryAction{{Type: mgr.ServiceRestart, Delay: time.Second}}
	if err := s.SetRecoveryActions(restart, 24*60*60); err != nil {
		return err
	}
	err = eventlog.InstallAsEventCreate(serviceName, eventlog.Error|eventlog.Warning|eventlog.Info)
	if err != nil && !errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return errors.Join(err, s.Delete())
	}
	return nil
}

func withService(use func(*mgr.Service) error) error {
	m, err := mgr.Connect()
	if err != nil {
		return err
	}
	defer m.Disconnect()
	s, err := m.OpenService(serviceName)
	if err != nil {
		return err
	}
	defer s.Close()
	return use(s)
}

// stopService stops the service, if it runs, and waits until it has ended.
func stopService(s *mgr.Service) error {
	status, err := s.Control(svc.Stop)
	if errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
		return nil
	}
	for end := time.Now().Add(stopTime); err == nil && status.State != svc.Stopped; status, err = s.Query() {
		if time.Now().After(end) {
			return fmt.Errorf("still running after %v", stopTime)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

// removeService removes the service. Its source of events goes with it.
func removeService() error {
	return withService(func(s *mgr.Service) error {
		if err := stopService(s); err != nil {
			return err
		}
		if err := s.Delete(); err != nil {
			return err
		}
		if err := eventlog.Remove(serviceName); err != nil && !errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
			return err
		}
		return nil
	})
}

// runService runs serve as the service, if cmd has the flag for it.
func runService(cmd *cobra.Command, serve func(context.Context, <-chan os.Signal, *slog.Logger) error) (isService bool, err error) {
	if isService, err = cmd.Flags().GetBool(serviceFlag); !isService || err != nil {
		return isService, err
	}
	events, err := eventlog.Open(serviceName)
	if err != nil {
		return true, err
	}
	defer events.Close()
	s := &service{serve: serve, log: slog.New(&eventHandler{log: events})}
	if err := svc.Run(serviceName, s); err != nil {
		return true, err
	}
	return true, s.failed
}

// service is the process as a service.
type service struct {
	serve  func(context.Context, <-chan os.Signal, *slog.Logger) error
	log    *slog.Logger
	failed error
}

// accepted are the controls that the service takes. On ParamChange (sc control
// veto paramchange) it reads configuration and lists again.
const accepted = svc.AcceptStop | svc.AcceptShutdown | svc.AcceptParamChange

// Execute runs the service until the system stops it.
func (s *service) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (specific bool, code uint32) {
	status <- svc.Status{State: svc.StartPending}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	reload := make(chan os.Signal, 1)
	done := make(chan error, 1)
	go func() { done <- s.serve(ctx, reload, s.log) }()
	status <- svc.Status{State: svc.Running, Accepts: accepted}
	for {
		select {
		case err := <-done:
			if s.failed = err; err != nil {
				s.log.Error("ended", "error", err)
				return true, uint32(codeOf(err))
			}
			return false, 0
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				status <- r.CurrentStatus
			case svc.ParamChange:
				select {
				case reload <- windows.SIGHUP:
				default: // one is waiting already
				}
				status <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				status <- svc.Status{State: svc.StopPending}
				cancel()
			}
		}
	}
}

// eventID is the id of all events of the service; those of password filters are
// theirs.
const eventID = 1

// eventHandler writes a log to the event log.
type eventHandler struct {
	log   *eventlog.Log
	attrs []slog.Attr
}

// Enabled reports whether records of the level are written.
func (h *eventHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle writes a record as one event.
func (h *eventHandler) Handle(ctx context.Context, r slog.Record) error {
	var line bytes.Buffer
	if err := slog.NewTextHandler(&line, nil).WithAttrs(h.attrs).Handle(ctx, r); err != nil {
		return err
	}
	switch {
	case r.Level >= slog.LevelError:
		return h.log.Error(eventID, line.String())
	case r.Level >= slog.LevelWarn:
		return h.log.Warning(eventID, line.String())
	}
	return h.log.Info(eventID, line.String())
}

// WithAttrs returns a handler that adds the attributes.
func (h *eventHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &eventHandler{log: h.log, attrs: append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup returns the handler: no groups are used.
func (h *eventHandler) WithGroup(string) slog.Handler { return h }
