// Checks what the compiler does not: sizes of files, methods and lines, TODOs without an issue, and paths in prose that
// do not exist. Run from anywhere in the repository: dotnet run eng/tidy.cs
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

const int FileLinesMax = 500;
const int LineColumnsMax = 120;
// Sentences that a failing test says may run on.
const int TestColumnsMax = 145;

var root = Root();
var findings = new List<string>();
foreach (var file in TrackedFiles())
{
    var path = Path.Combine(root, file);
    if (!File.Exists(path))
        continue;
    if (file.EndsWith(".cs", StringComparison.Ordinal) && !file.EndsWith(".g.cs", StringComparison.Ordinal))
        CheckCode(file, File.ReadAllLines(path));
    if (file.EndsWith(".md", StringComparison.Ordinal))
        CheckProse(file, File.ReadAllText(path));
}
foreach (var finding in findings)
    Console.WriteLine(finding);
Console.WriteLine(findings.Count == 0 ? "tidy: nothing to say." : $"tidy: {findings.Count} findings.");
return findings.Count == 0 ? 0 : 1;

void CheckCode(string file, string[] lines)
{
    if (lines.Length > FileLinesMax && !file.StartsWith("test/", StringComparison.Ordinal))
        findings.Add($"{file}: {lines.Length} lines, at most {FileLinesMax}: split it by concern.");
    for (var i = 0; i < lines.Length; i++)
    {
        var columnsMax = file.StartsWith("test/", StringComparison.Ordinal) ? TestColumnsMax : LineColumnsMax;
        if (lines[i].Length > columnsMax)
            findings.Add($"{file}({i + 1}): {lines[i].Length} columns, at most {columnsMax}.");
        var isPromise = Regex.IsMatch(lines[i], @"\b(TODO|FIXME|HACK|XXX)\b") && !Regex.IsMatch(lines[i], @"#\d+");
        if (isPromise && file != "eng/tidy.cs")
            findings.Add($"{file}({i + 1}): a TODO needs the number of its issue.");
    }
}

// A word in backticks that looks like a path of this repository must be one.
void CheckProse(string file, string text)
{
    foreach (Match match in Regex.Matches(text, @"`((?:src|test|bench|docs|eng|\.ci)/[\w./-]+)`"))
    {
        var named = match.Groups[1].Value.TrimEnd('/');
        if (!File.Exists(Path.Combine(root, named)) && !Directory.Exists(Path.Combine(root, named)))
            findings.Add($"{file}: names {named}, which does not exist.");
    }
}

string[] TrackedFiles()
{
    var git = Process.Start(new ProcessStartInfo("git", "ls-files --cached --others --exclude-standard")
    {
        WorkingDirectory = root, RedirectStandardOutput = true,
    }) ?? throw new InvalidOperationException("git cannot be started.");
    var files = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    git.WaitForExit();
    return files;
}

static string Root([CallerFilePath] string file = "") => Path.GetDirectoryName(Path.GetDirectoryName(file))!;
