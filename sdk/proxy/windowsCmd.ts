/**
 * Scripts for Windows' cmd. They also have to run under Wine 8, where they are tested, so they use nothing that
 * differs there: no `&&` or `||`, no `exit /b` or `goto` inside `for`, no findstr, fc or timeout. A pause is
 * `ping -n SECONDS+1`. PowerShell starts slowly and is used only where curl.exe is missing (2016).
 *
 * A lock is a file that cmd holds open for stderr: a second writer is refused by Windows, and the lock is gone
 * with its holder, however that ended.
 */
export function script(text: string): string {
  return text.replaceAll("\n", "\r\n");
}

/** What the engine's names, addresses and ports are made of. */
const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";

/** How nginx is run. */
export const nginx = String.raw`c:\nginx\nginx.exe -p c:/nginx/`;

/** Subroutines that both scripts use. */
export const subroutines = String.raw`rem Puts the one line of nginx's words that says what is missing into "problem".
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

/** Reads how often a start script tries, and how many seconds apart, from nginx.conf. */
export const startLimits = String.raw`set attempts=60
set delay=1
find "# webfarm-start " < nginx.conf > limits.txt
rem Only the first line is ours; a further one is somebody's comment.
set limited=
for /f "usebackq tokens=3,4" %%a in ("limits.txt") do (
  if not defined limited set "attempts=%%a"
  if not defined limited set "delay=%%b"
  set limited=1
)`;

/** nginx stays in the foreground; when it ends, the container ends. */
export const foreground = String.raw`${nginx} -c c:/webfarm/running.conf
set code=%errorlevel%
echo webfarm: nginx ended with code %code%
if %code%==0 set code=1
exit /b %code%`;

/** Subroutine that tells names which may stand in a command line from others. */
export const checkName = String.raw`rem A name of other letters, digits and signs than host names have goes into no command line: then "odd" is set.
rem The x is no sign and keeps echo from taking the name for a word of its own.
:checkname
set odd=
if not defined name set odd=1
>name.txt echo x!name!
for /f "usebackq delims=${nameCharacters}" %%x in ("name.txt") do set odd=1
exit /b 0`;
