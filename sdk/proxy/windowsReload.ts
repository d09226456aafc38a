import { reloadExit } from "./linuxScripts";
import { controlPort } from "./ports";
import { nginx, script, subroutines } from "./windowsCmd";

const control = `http://127.0.0.1:${controlPort}`;
/** What curl.exe prints, or PowerShell where there is no curl (2016). */
const get = (page: string) =>
  `curl.exe -fsS -m 2 ${control}/${page} 2>nul || powershell -NoProfile -Command ` +
  `(Invoke-WebRequest -UseBasicParsing -TimeoutSec 5 '${control}/${page}').Content`;

/** Prints the digest that the worker runs, and nginx's counters. Double quotes would not pass through the engine. */
export const askNginx = `${get("digest")} & ${get("status")}`;

/** reload.cmd: brings a new configuration into the running nginx. */
export const reloadScript = script(String.raw`@echo off
rem Brings a new configuration into the running nginx: reload.cmd ID BYTES ATTEMPTS DELAY DRAIN
rem By hand, without arguments, it reloads the one that is there.
rem The files lie in c:\webfarm as ID-NAME.b64, in base64, as no other text passes through cmd unharmed; BYTES is
rem the length of nginx.conf. Each try is logged. The old configuration stays in force until nginx accepts the
rem new one, and comes back when the worker does not take it up.
rem Exit codes: 0 done, ${reloadExit.refused} refused by nginx, ${reloadExit.busy} another reload is running,
rem ${reloadExit.incomplete} configuration incomplete, ${reloadExit.notTaken} not taken up by the worker.
setlocal enabledelayedexpansion
cd /d c:\webfarm
set "id=%~1"
set "bytes=%~2"
set "attempts=%~3"
set "delay=%~4"
set "drain=%~5"
if not defined id (
  set attempts=10
  set delay=1
  set drain=0
)

set tries=0
set held=
:lock
call :attempt 2>nul
if defined held exit /b %code%
set /a tries+=1
if %tries% geq 60 (
  echo webfarm: another reload is still running after 60 s
  del "%id%-*.b64" >nul 2>nul
  exit /b ${reloadExit.busy}
)
call :pause 1
goto lock

rem When the lock is another's, cmd refuses to open the file and does not get into the subroutine.
:attempt
call :reload 2>reload.lock
exit /b 0

:reload
set held=1
set code=${reloadExit.incomplete}
call :steps
rem At the end no file of a certificate stays that the configuration in force does not name.
for %%f in (tls-*) do call :tidy "%%~nxf"
del next.conf reload.txt signal.txt digest.txt running.txt tasks.txt >nul 2>nul
if defined id del "%id%-*.b64" >nul 2>nul
exit /b 0

rem A pattern that began with a slash would be an option to some.
:tidy
find "%~1;" < nginx.conf >nul
if errorlevel 1 del "%~1"
exit /b 0

:steps
if not defined id copy /y nginx.conf next.conf >nul
if defined id for %%f in (%id%-*.b64) do call :receive "%%~nf"
set received=0
for %%f in (next.conf) do set "received=%%~zf"
if not defined id set "bytes=%received%"
if not "%received%"=="%bytes%" (
  echo webfarm: %received% of %bytes% bytes of the configuration arrived
  set code=${reloadExit.incomplete}
  exit /b 0
)
set digest=none
find "# webfarm-digest " < next.conf > digest.txt
rem Only the first line is ours; a further one is somebody's comment.
for /f "usebackq tokens=3" %%a in ("digest.txt") do if "!digest!"=="none" set "digest=%%a"

set attempt=1
:test
ipconfig /flushdns >nul 2>nul
${nginx} -t -q -c c:/webfarm/next.conf 2>reload.txt
if not errorlevel 1 goto accepted
call :emergency reload.txt
echo webfarm: attempt %attempt% of %attempts%: !problem!
if %attempt% geq %attempts% (
  set code=${reloadExit.refused}
  exit /b 0
)
set /a attempt+=1
call :pause %delay%
goto test

rem The file is swapped by renaming, so a restart in between finds the old one or the new one, whole. The signal
rem fails while the start script still waits for its upstreams; that script then takes the new file up by
rem itself, so only the worker's own word counts.
:accepted
copy /y nginx.conf previous.conf >nul
call :force next.conf
set checks=0
:check
call :running
if "%running%"=="%digest%" goto taken
set /a checks+=1
if %checks% geq 12 (
  call :force previous.conf
  echo webfarm: the worker did not take the new configuration up within 10 s; the old one is back. !problem!
  set code=${reloadExit.notTaken}
  exit /b 0
)
rem nginx may not hear a signal that comes while it is busy with one; twice it gets another.
if %checks%==5 call :signal
if %checks%==9 call :signal
rem The worker needs a moment only; a second is what cmd can wait.
if %checks% geq 3 call :pause 1
goto check

rem The old worker is told to stop a moment after the new one started; until then it too takes connections.
:taken
call :pause 1
del previous.conf >nul 2>nul
echo webfarm: configuration in force after %attempt% of %attempts% attempts

rem A replica may go when no old worker, busy with requests under way, is left or the time is over. Beside
rem them there are the master and one worker.
set code=0
if %drain%==0 exit /b 0
set waited=0
:drained
set processes=0
tasklist /nh /fi "imagename eq nginx.exe" > tasks.txt 2>nul
for /f "usebackq tokens=1" %%a in ("tasks.txt") do if /i "%%a"=="nginx.exe" set /a processes+=1
if %processes% leq 2 (
  echo webfarm: drained in %waited% s
  exit /b 0
)
if %waited% geq %drain% (
  echo webfarm: requests are still under way after %drain% s of draining
  exit /b 0
)
call :pause 1
set /a waited+=1
goto drained

rem Certificates carry their content in their name, so writing them changes nothing that runs; nginx.conf goes
rem aside until nginx has accepted it.
:receive
set "name=%~1"
rem Behind the eight characters of ID and a hyphen.
set "name=%name:~9%"
if "%name%"=="nginx.conf" set name=next.conf
certutil -f -decode "%~1.b64" "%name%" >nul 2>nul
exit /b 0

:force
call :rename %1 nginx.conf
copy /y nginx.conf running.next >nul
call :rename running.next running.conf
call :signal
exit /b 0

:signal
set problem=
${nginx} -s reload -c c:/webfarm/running.conf >nul 2>signal.txt
if errorlevel 1 call :emergency signal.txt
exit /b 0

rem The digest of the configuration that the worker runs.
:running
set running=unknown
if exist %SystemRoot%\System32\curl.exe (
  curl.exe -fsS -m 2 http://127.0.0.1:${controlPort}/digest > running.txt 2>nul
) else (
  powershell -NoProfile -Command "(Invoke-WebRequest -UseBasicParsing -TimeoutSec 5 'http://127.0.0.1:${controlPort}/digest').Content" > running.txt 2>nul
)
for /f "usebackq tokens=1" %%a in ("running.txt") do set "running=%%a"
exit /b 0

${subroutines}
`);
