// Makes the contracts of services that may run elsewhere: from the records and functions of a service's …Api.cs the
// .proto file that other languages read, and beside it the C# that writes and reads those records in that format.
//
//     dotnet run --project eng/contracts            writes what has changed
//     dotnet run --project eng/contracts -- --check    says whether anything would change; ends with 1 if so
//     … -- --check --built FILE    the same of a Roost.Services.dll that is up to date, rather than building one
//
// Field numbers are kept in the .proto files: a member that is there keeps its number, a new one gets the next, and the
// number of one that went is reserved. Look at the .proto's diff: what is removed or renamed there breaks others.
using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Roost.Contracts;

// A line a service: its folder, and its records of functions, each of which becomes a service of the contract.
(string Folder, string[] Apis)[] contracts =
[
    ("Users", ["UsersApi", "ModerationApi", "FiguresApi"]),
    ("Graph", ["GraphApi", "RelationsApi", "ListsApi", "TagsApi", "SuggestionsApi", "FeedsApi"]),
    ("Search", ["ShardApi"]),
    ("Media", ["MediaApi"]),
];

var root = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(ThisFile())))!;
var isCheck = args.Contains("--check");
var services = Array.IndexOf(args, "--built") is var built and >= 0
    ? Assembly.LoadFrom(Path.GetFullPath(args[built + 1]))
    : BuildServices(root);
var stale = 0;
foreach (var (folder, apis) in contracts)
{
    var directory = Path.Combine(root, "src/Roost.Services", folder);
    var proto = Path.Combine(directory, folder.ToLowerInvariant() + ".proto");
    var numbers = new FieldNumbers(File.Exists(proto) ? File.ReadAllLines(proto) : []);
    var model = new ContractModel(
        folder, [.. apis.Select(api => services.GetType($"Roost.Services.{folder}.{api}", throwOnError: true)!)],
        numbers);
    stale += Put(proto, new ProtoText(model).ToString());
    stale += Put(Path.Combine(directory, folder + "Remote.g.cs"), new CSharpText(model).ToString());
}
Console.WriteLine(stale == 0 ? "contracts: nothing has changed." : $"contracts: {stale} files changed.");
return isCheck && stale > 0 ? 1 : 0;

int Put(string path, string text)
{
    if (File.Exists(path) && File.ReadAllText(path) == text) return 0;
    Console.WriteLine($"contracts: {Path.GetRelativePath(root, path)}");
    if (!isCheck) File.WriteAllText(path, text);
    return 1;
}

// Without the code made here, which a changed record may have broken.
static Assembly BuildServices(string root)
{
    var output = Path.Combine(Path.GetTempPath(), "roost-contracts");
    using var build = Process.Start(new ProcessStartInfo(
        "dotnet",
        ["build", Path.Combine(root, "src/Roost.Services"), "-c", "Release", "--nologo", "-v", "q",
            "-p:WithoutContracts=true", "-p:RunAnalyzers=false", $"-p:ArtifactsPath={output}"]))!;
    build.WaitForExit();
    if (build.ExitCode != 0) Environment.Exit(build.ExitCode);
    return Assembly.LoadFrom(Path.Combine(output, "bin/Roost.Services/release/Roost.Services.dll"));
}

static string ThisFile([CallerFilePath] string path = "") => path;

