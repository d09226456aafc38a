import { unavailablePort } from "./ports";
import { checkName, foreground, nginx, script, startLimits, subroutines } from "./windowsCmd";

/**
 * start-swarm.cmd: the main process of a proxy on a swarm, as start-swarm.sh is on Linux. nslookup asks the engine's
 * name server itself, past the DNS client's cache, and by TCP where an answer by UDP is too short; one process of it
 * asks for all apps.
 */
export const swarmStartScript = script(String.raw`@echo off
rem Starts nginx in a proxy of pulumi-webfarm on a swarm, and keeps the addresses of the services' tasks in its
rem configuration. The engine's name server has a task from when it is healthy until some seconds before it is
rem stopped, so whoever leaves that list has to be out of rotation at once. nslookup asks that server itself; the DNS
rem client, which remembers for minutes, is asked for nothing.
rem
rem nginx.conf     what the service brings along: each app by its name, however many tasks it has
rem running.conf   what nginx runs: the same, with a line for each task's address
rem addresses.txt  those addresses, one a line: NAME ADDRESS
setlocal enabledelayedexpansion
cd /d c:\webfarm
if "%~1"=="watch" goto watch
call :questions

${startLimits}

set attempt=1
:try
call :look
call :adopt
${nginx} -t -q -c c:/webfarm/running.conf 2>start.txt
if not errorlevel 1 goto accepted
find "host not found" < start.txt >nul
set othername=%errorlevel%
call :emergency start.txt
echo webfarm: attempt %attempt% of %attempts%: !problem!
rem Another name that the configuration needs may come; nothing else gets better by waiting.
if not %othername%==0 exit /b 1
if %attempt% geq %attempts% exit /b 1
set /a attempt+=1
call :pause %delay%
goto try

:accepted
echo webfarm: attempt %attempt% of %attempts%: configuration accepted, nginx starts with %tasks% tasks
start /b cmd /c c:\webfarm\start-swarm.cmd watch
${foreground}

rem start-swarm.cmd watch: runs beside nginx, and has the variables of who started it. A new worker comes with each
rem reload, and tasks come in groups: those that only join wait until a look finds no more of them, five looks at most.
:watch
set before=0
set waited=0
set again=
:next
call :pause 1
rem nginx may not hear a signal that comes while it is busy with one.
if defined again ${nginx} -s reload -c c:/webfarm/running.conf >nul 2>nul
set again=
call :look
if not defined joined if not defined left goto next
if defined left goto change
if %joining%==%before% goto change
if %waited% geq 5 goto change
set before=%joining%
set /a waited+=1
goto next

:change
call :adopt
set before=0
set waited=0
${nginx} -s reload -c c:/webfarm/running.conf >nul 2>reload.txt
if not errorlevel 1 goto reloaded
call :emergency reload.txt
echo webfarm: the tasks changed, but: !problem!
rem What nginx runs is not what the file says: the next look finds all of it new.
type nul > addresses.txt
call :pause 9
goto next
:reloaded
set again=1
if not defined joined set "joined=, none"
if not defined left set "left=, none"
echo webfarm: nginx reloads with %tasks% tasks; joined:%joined:~1%; left:%left:~1%
goto next

rem What nslookup is asked, in questions.txt: the names of nginx.conf, each once and as it stands.
:questions
>questions.txt echo set type=A
>>questions.txt echo set nosearch
>>questions.txt echo set nodefname
>>questions.txt echo set timeout=1
>>questions.txt echo set retry=1
find "server " < nginx.conf > servers.txt
for /f "usebackq tokens=1-4 delims=:; " %%a in ("servers.txt") do (
  set "name=%%b"
  if "%%a"=="server" if not "%%c"=="" if "%%d"=="" call :question
)
exit /b 0

:question
call :checkname
if defined odd exit /b 0
if defined app_%name% exit /b 0
set app_%name%=1
>>questions.txt echo %name%
exit /b 0

rem Looks for the tasks: addresses.next becomes what addresses.txt is, "joined" and "left" the difference, which for
rem the length of cmd's lines end after fifty tasks.
:look
set joined=
set left=
set joining=0
set leaving=0
set tasks=0
nslookup < questions.txt > answers.txt 2>&1
call :answers > addresses.next
rem While the engine is started again or stands still there is no answer. The tasks serve on: what was known stays.
find "No response from server" < answers.txt >nul
if not errorlevel 1 call :kept >> addresses.next
find "timed" < answers.txt >nul
if not errorlevel 1 call :doubted >> addresses.next
if not exist addresses.txt type nul > addresses.txt
for /f "usebackq tokens=1,2" %%a in ("addresses.txt") do set was_%%a_%%b=1
for /f "usebackq tokens=1,2" %%a in ("addresses.next") do (
  set now_%%a_%%b=1
  set /a tasks+=1
  if not defined was_%%a_%%b set /a joining+=1
  if not defined was_%%a_%%b if !joining! leq 50 set "joined=!joined!, %%a %%b"
)
for /f "usebackq tokens=1,2" %%a in ("addresses.txt") do (
  if not defined now_%%a_%%b set /a leaving+=1
  if not defined now_%%a_%%b if !leaving! leq 50 set "left=!left!, %%a %%b"
  set was_%%a_%%b=
)
for /f "usebackq tokens=1,2" %%a in ("addresses.next") do set now_%%a_%%b=
exit /b 0

rem Prints NAME ADDRESS for each address in nslookup's answers. Behind a line with the server's name come its own
rem address and what it says of one app: "Name:", then "Address:" with one address, or "Addresses:" with the first of
rem several, which have a line each.
:answers
set app=
rem Nothing was heard yet of any name in there.
for /f "usebackq" %%a in ("questions.txt") do set heard_%%a=
for /f "usebackq tokens=1,2 delims=:${"\t"} " %%a in ("answers.txt") do (
  if "%%a"=="Server" set app=
  if "%%b"=="Server" set app=
  if defined app if "%%b"=="" call :address "%%a"
  if defined app if not "%%b"=="" call :address "%%b"
  if "%%a"=="Name" call :answered "%%b"
)
exit /b 0

:answered
if not defined app_%~1 exit /b 0
set "app=%~1"
set heard_%~1=1
set doubt_%~1=
exit /b 0

:address
set address=
for /f "tokens=4 delims=." %%a in ("%~1") do set "address=%~1"
if not defined address exit /b 0
for /f "delims=0123456789." %%x in ("%address%") do set address=
if defined address echo %app% %address%
exit /b 0

rem Prints what is known of the apps that no answer was about.
:kept
if not exist addresses.txt exit /b 0
for /f "usebackq tokens=1,2" %%a in ("addresses.txt") do (
  if not defined heard_%%a echo %%a %%b
)
exit /b 0

rem The same, but a name without tasks the engine passes on to others, which may never answer: after twenty times
rem nothing, it has none.
:doubted
for /f "usebackq" %%a in ("questions.txt") do if not defined heard_%%a call :doubt %%a
goto kept

:doubt
set "doubts=!doubt_%~1!x"
set "doubt_%~1=%doubts%"
if not "%doubts:~20,1%"=="" set heard_%~1=1
exit /b 0

rem Makes addresses.next and what follows from it the ones in force.
:adopt
call :configuration > running.next
call :rename running.next running.conf
copy /y addresses.next addresses.txt >nul
exit /b 0

rem Prints nginx.conf with the addresses in place of the names. Without delayed expansion, which would eat exclamation
rem marks; nginx does not mind lost indentation.
:configuration
setlocal disabledelayedexpansion
for /f "usebackq tokens=1,2* delims= " %%a in ("nginx.conf") do (
  set replaced=
  if "%%a"=="server" if "%%c"=="" call :server "%%b"
  if not defined replaced echo %%a %%b %%c
  if "%%a %%b"=="http {" call :unavailable
)
exit /b 0

:server
for /f "tokens=1,2 delims=:;" %%a in ("%~1") do call :servers "%%a" "%%b"
exit /b 0

:servers
if "%~2"=="" exit /b 0
if not defined app_%~1 exit /b 0
set replaced=1
set some=
for /f "usebackq tokens=1,2" %%a in ("addresses.next") do (
  if "%%a"=="%~1" echo server %%b:%~2;
  if "%%a"=="%~1" set some=1
)
if not defined some echo server 127.0.0.1:${unavailablePort};
exit /b 0

rem Answers for an app without tasks.
:unavailable
echo server {
echo listen 127.0.0.1:${unavailablePort};
echo access_log off;
echo location / { add_header Retry-After 5 always; return 503; }
echo }
exit /b 0

${checkName}

${subroutines}
`);
