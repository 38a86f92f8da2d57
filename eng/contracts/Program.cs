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

// A line a service: its folder; its records of functions, each of which becomes a service of the contract; and those
// of the functions that stay in a process, because what they take or give does: who connects hands them in.
(string Folder, string[] Apis, string[] Given)[] contracts =
[
    ("Users", ["UsersApi", "ModerationApi", "FiguresApi"], []),
    ("Graph", ["GraphApi", "RelationsApi", "ListsApi", "TagsApi", "SuggestionsApi", "FeedsApi"], []),
    ("Search", ["ShardApi", "SearchApi", "ReadQueriesApi"], ["SearchApi.Query", "SearchApi.Matching"]),
    ("Media", ["MediaApi"], []),
    ("Posts", ["PostsApi", "MarksApi", "PollsApi", "QuotesApi", "PostFeedApi"], ["PostsApi.Texts"]),
    ("Filters", ["FiltersApi", "FilterListsApi"], ["FiltersApi.Of", "FiltersApi.OfMany"]),
    ("Timelines", ["TimelinesApi", "OutlinesApi", "ReadIndexApi"], []),
    ("Community", ["CommunityApi", "CommunityFeedApi"], []),
    ("Notifications", ["NotificationsApi", "NoticePolicyApi", "NoticeFeedApi", "NoticeCuesApi"], []),
    ("Conversations", ["ConversationsApi"], []),
    ("Scheduled", ["ScheduledApi"], []),
    ("Collections", ["CollectionsApi"], []),
    ("AnnualReports", ["AnnualReportsApi"], []),
    ("WebPush", ["WebPushApi"], []),
    ("Cards", ["CardsApi", "CardLookupApi"], []),
    ("Translation", ["TranslationApi"], []),
    ("Storage", ["StorageApi"], []),
    ("Settings", ["SettingsApi"], []),
];

// A type is told of in the contract of its folder; those that are in no service's folder, in these.
Dictionary<string, string> keepers = new()
{
    ["Roost.Engine.Graph"] = "Graph",
    ["Roost.Engine.Search"] = "Search",
    ["Roost.Engine.Search.Queries"] = "Search",
    ["Roost.Engine.Sketches"] = "Search",
    ["Roost.Rpc"] = "Posts",
};

var root = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(ThisFile())))!;
var isCheck = args.Contains("--check");
var services = Array.IndexOf(args, "--built") is var built and >= 0
    ? Assembly.LoadFrom(Path.GetFullPath(args[built + 1]))
    : BuildServices(root);
Dictionary<string, ContractModel> models = [];
foreach (var (folder, _, _) in contracts) models.Add(folder, new ContractModel(folder, OwnerOf, NumbersOf(folder)));
foreach (var (folder, apis, given) in contracts)
{
    foreach (var api in apis)
        models[folder].Add(services.GetType($"Roost.Services.{folder}.{api}", throwOnError: true)!, given);
}
RequireOrder();
var stale = 0;
foreach (var model in models.Values)
{
    stale += Put(ProtoOf(model.Folder), new ProtoText(model).ToString());
    stale += Put(RemoteOf(model.Folder), new CSharpText(model).ToString());
}
Console.WriteLine(stale == 0 ? "contracts: nothing has changed." : $"contracts: {stale} files changed.");
return isCheck && stale > 0 ? 1 : 0;

ContractModel OwnerOf(Type type)
{
    var place = type.Namespace ?? "";
    var folder = place.StartsWith("Roost.Services.", StringComparison.Ordinal)
        ? place.Split('.')[2]
        : keepers.GetValueOrDefault(place, "");
    return models.TryGetValue(folder, out var model)
        ? model
        : throw new NotSupportedException($"{type}: no contract tells of it; say in eng/contracts/Program.cs which.");
}

// Files that import each other are none that other tools read.
void RequireOrder()
{
    List<ContractModel> done = [];
    while (models.Values.Except(done).ToArray() is { Length: > 0 } left)
    {
        var next = left.Where(model => !model.Others.Except(done).Any()).ToArray();
        if (next.Length == 0)
        {
            throw new NotSupportedException(
                $"Contracts import each other in a circle: {string.Join(", ", left.Select(model => model.Folder))}.");
        }
        done.AddRange(next);
    }
}

string DirectoryOf(string folder) => Path.Combine(root, "src/Roost.Services", folder);

string ProtoOf(string folder) => Path.Combine(DirectoryOf(folder), folder.ToLowerInvariant() + ".proto");

string RemoteOf(string folder) => Path.Combine(DirectoryOf(folder), folder + "Remote.g.cs");

FieldNumbers NumbersOf(string folder) =>
    new(File.Exists(ProtoOf(folder)) ? File.ReadAllLines(ProtoOf(folder)) : []);

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

