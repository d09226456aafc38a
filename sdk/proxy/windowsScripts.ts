import { controlPort } from "./ports";
import { reloadExit } from "./linuxScripts";

/**
 * Scripts for Windows' cmd. They also have to run under Wine 8, where they are tested, so they use nothing that
 * differs there: no `&&` or `||`, no `exit /b` or `goto` inside `for`, no findstr, fc or timeout. A pause is
 * `ping -n SECONDS+1`. PowerShell starts slowly and is used only where curl.exe is missing (2016).
 *
 * A lock is a file that cmd holds open for stderr: a second writer is refused by Windows, and the lock is gone
 * with its holder, however that ended.
 */
function script(text: string): string {
  return text.replaceAll("\n", "\r\n");
}

/** What the engine's names, addresses and ports are made of. */
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";

const nginx = String.raw`c:\nginx\nginx.exe -p c:/nginx/`;

/** Subroutines that both scripts use. */
const subroutines = String.raw`rem Puts the one line of nginx's words that says what is missing into "problem".
:emergency
set "problem=nginx ended without a word"
for /f "usebackq delims=" %%a in ("%~1") do set "problem=%%a"
find "[emerg]" < "%~1" > "%~1.emerg"
for /f "usebackq delims=" %%a in ("%~1.emerg") do set "problem=%%a"
del "%~1" "%~1.emerg" >nul 2>nul
exit /b 0

rem Renames %1 to %2. Windows refuses that while somebody reads one of them, as the other script may; it tries for
rem ten seconds.
:rename
set renames=0
:renaming
move /y %1 %2 >nul 2>nul
if not exist %1 exit /b 0
set /a renames+=1
if %renames% geq 10 (
  echo webfarm: %1 cannot be renamed to %2: somebody holds it open
  exit /b 1
)
call :pause 1
goto renaming

rem Sleeps %1 seconds; a fraction counts as a whole one.
:pause
for /f "delims=." %%a in ("%~1") do set seconds=%%a
if not "%seconds%"=="%~1" set /a seconds+=1
set /a pings=seconds+1
ping -n %pings% 127.0.0.1 >nul
exit /b 0`;

/** start-nginx.cmd: the proxy's main process. */
export const startScript = script(String.raw`@echo off
rem Starts nginx in a proxy of pulumi-webfarm, and is what the engine runs again after a crash or a restart of
rem the host. Windows remembers for minutes that a name was not there, so each try first empties the cache of
rem the DNS client. Upstreams may come back later than the proxy: it tries a limited number of times, and then
rem starts without those that are missing.
rem
rem nginx.conf    what the last reload brought
rem running.conf  what nginx runs: the same, less the replicas whose names do not resolve
setlocal enabledelayedexpansion
cd /d c:\webfarm
if "%~1"=="watch" goto watch

rem After a restart: what a reload left behind that was cut off by the stop of this container. A new container has
rem nothing to clear, and what its first reload brings may be there already.
if exist nginx.conf del *.b64 next.conf running.next >nul 2>nul
if not exist nginx.conf copy /y empty.conf nginx.conf >nul

set attempts=60
set delay=1
find "# webfarm-start " < nginx.conf > limits.txt
rem Only the first line is ours; a further one is somebody's comment.
set limited=
for /f "usebackq tokens=3,4" %%a in ("limits.txt") do (
  if not defined limited set "attempts=%%a"
  if not defined limited set "delay=%%b"
  set limited=1
)

set attempt=1
:try
ipconfig /flushdns >nul 2>nul
${nginx} -t -q -c c:/webfarm/nginx.conf 2>start.txt
if not errorlevel 1 goto accepted
call :emergency start.txt
echo webfarm: attempt %attempt% of %attempts%: !problem!
if %attempt% geq %attempts% goto partly
set /a attempt+=1
call :pause %delay%
goto try

:accepted
echo webfarm: attempt %attempt% of %attempts%: configuration accepted, nginx starts
copy /y nginx.conf running.conf >nul
set from=addresses
goto run

:partly
call :available
if defined refused (
  echo webfarm: !refused!
  exit /b 1
)
echo webfarm: nginx starts without%missing% and takes them in when they are back
call :rename running.next running.conf
set from=nothing

rem nginx stays in the foreground; when it ends, the container ends and the engine starts it anew.
:run
start /b cmd /c c:\webfarm\start-nginx.cmd watch %from%
${nginx} -c c:/webfarm/running.conf
set code=%errorlevel%
echo webfarm: nginx ended with code %code%
if %code%==0 set code=1
exit /b %code%

rem start-nginx.cmd watch addresses: runs beside nginx, which asks for addresses only when it reads its configuration. A
rem replica that was started again may have another address, and its old one may be somebody else's. A change
rem counts when it is seen twice, as a replica that restarts is away for a moment.
:watch
rem Where replicas were missing, it begins with knowing nothing, so that none that came back meanwhile is missed.
if "%~2"=="addresses" call :lookup was
:look
rem Each name is a process of its own, so many names are looked up less often.
set /a rest=3+names/5
call :pause %rest%
set "seen=%changed%"
set changed=
set changes=0
call :lookup now
for /f "usebackq tokens=1-4 delims=:; " %%a in ("servers.txt") do (
  set "name=%%b"
  if "%%a"=="server" if not "%%c"=="" call :compare
)
if not defined changed goto look
if not "%changed%"=="%seen%" goto look
set changed=
rem A reload holds the lock and has read the addresses itself.
call :locked 2>nul
goto look

:compare
call :checkname
if defined odd exit /b 0
if "!now_%name%!"=="!was_%name%!" exit /b 0
set /a changes+=1
set "changed=%changes% %name% !now_%name%!"
exit /b 0

rem A name of other letters, digits and signs than host names have goes into no command line: then "odd" is set.
rem The x is no sign and keeps echo from taking the name for a word of its own.
:checkname
set odd=
if not defined name set odd=1
>name.txt echo x!name!
for /f "usebackq delims=${nameCharacters}" %%x in ("name.txt") do set odd=1
exit /b 0

:locked
call :renew 2>reload.lock
exit /b 0

:renew
call :lookup was
call :available
if defined refused (
  echo webfarm: addresses of replicas changed, but: !refused!
  exit /b 1
)
call :rename running.next running.conf
${nginx} -s reload -c c:/webfarm/running.conf >nul 2>nul
echo webfarm: addresses of replicas changed, nginx reloads; out of rotation:%missing%
exit /b 0

rem The address of each replica of nginx.conf, in variables that begin with %1; how many there are in "names".
:lookup
set names=0
ipconfig /flushdns >nul 2>nul
find "server " < nginx.conf > servers.txt
for /f "usebackq tokens=1-4 delims=:; " %%a in ("servers.txt") do (
  set "name=%%b"
  if "%%a"=="server" if not "%%c"=="" if not "%%d"=="resolve" call :address %1
)
exit /b 0

:address
call :checkname
if defined odd exit /b 0
set /a names+=1
set %1_%name%=
ping -n 1 -w 200 %name% > address.txt 2>nul
for /f "usebackq tokens=1-3 delims=[]" %%a in ("address.txt") do if not "%%c"=="" set "%1_%name%=%%b"
exit /b 0

rem Makes running.next: nginx.conf without the replicas that nginx does not find. They get into "missing";
rem "refused" says what else nginx has against it.
:available
set missing=
set refused=
copy /y nginx.conf running.next >nul
:next
${nginx} -t -q -c c:/webfarm/running.next 2>available.txt
if not errorlevel 1 exit /b 0
set upstream=
rem nginx: [emerg] host not found in upstream "NAME:PORT" in FILE, or the same behind date, time and thread.
for /f "usebackq tokens=3-10" %%a in ("available.txt") do (
  if "%%a %%e"=="host upstream" set "upstream=%%~f"
  if "%%c %%g"=="host upstream" set "upstream=%%~h"
)
call :emergency available.txt
set "name=!upstream!"
if defined upstream call :checkname
if defined odd set upstream=
if not defined upstream (
  set "refused=!problem!"
  exit /b 1
)
set "missing=%missing% %upstream%"
call :less > running.less
move /y running.less running.next >nul
goto next

rem Without delayed expansion, which would eat exclamation marks; nginx does not mind lost indentation.
:less
setlocal disabledelayedexpansion
for /f "usebackq tokens=1,2* delims= " %%a in ("running.next") do (
  if not "%%a %%b"=="server %upstream%;" echo %%a %%b %%c
)
exit /b 0

${subroutines}
`);

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
