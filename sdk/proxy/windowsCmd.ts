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
export const nameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";

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
