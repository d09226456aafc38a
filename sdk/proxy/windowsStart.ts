import { checkName, foreground, nginx, script, startLimits, subroutines } from "./windowsCmd";

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

${startLimits}

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
${foreground}

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

${checkName}

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
