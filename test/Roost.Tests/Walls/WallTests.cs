using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace Roost.Tests.Walls;

/// <summary>Holds the walls between the rooms: who may know whom, as docs/architecture.md draws it.</summary>
public sealed partial class WallTests
{
    /// <summary>What each project may reference. Arrows point down only.</summary>
    private static readonly Dictionary<string, string[]> _allowed = new()
    {
        ["Roost.Rpc"] = [],
        ["Roost.Engine"] = [],
        ["Roost.Services"] = ["Roost.Engine", "Roost.Rpc"],
        ["Roost.Web"] = ["Roost.Engine", "Roost.Rpc", "Roost.Services"],
        ["Roost.Operations"] = ["Roost.Engine", "Roost.Rpc", "Roost.Services"],
        ["roost"] = ["Roost.Engine", "Roost.Operations", "Roost.Rpc", "Roost.Services", "Roost.Web"],
    };

    [Theory]
    [InlineData("Roost.Rpc")]
    [InlineData("Roost.Engine")]
    [InlineData("Roost.Services")]
    [InlineData("Roost.Web")]
    [InlineData("Roost.Operations")]
    [InlineData("roost")]
    public void A_project_knows_only_the_rooms_below_it(string project)
    {
        var known = Assembly.Load(project).GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => name.StartsWith("roost", StringComparison.OrdinalIgnoreCase));

        Assert.Empty(known.Except(_allowed[project]));
    }

    [Fact]
    public void The_engine_touches_no_socket_file_clock_or_container()
    {
        var forbidden = new Regex(
            @"\b(System\.IO|System\.Net|Microsoft\.Extensions|TimeProvider|Stopwatch|File|Socket|Random)\b");

        var found = Sources("Roost.Engine").SelectMany(
            source => forbidden.Matches(source.Code).Select(m => $"{source.Name}: {m}"));

        Assert.Empty(found);
    }

    [Fact]
    public void A_service_knows_of_another_only_its_requests_and_replies()
    {
        string[] services =
        [
            "Users", "Graph", "Media", "Posts", "Timelines", "Search", "Notifications", "Community", "Filters", "Push", "WebPush",
        ];
        var sources = Sources("Roost.Services");

        foreach (var service in services)
        {
            var hidden = HiddenTypes(sources, service);
            Assert.NotEmpty(hidden);
            var others = sources.Where(source => services.Contains(source.Room) && source.Room != service);
            AssertNotNamed(hidden, others, service);
        }
    }

    [Fact]
    public void Web_knows_of_the_services_only_their_requests_and_replies()
    {
        var services = Sources("Roost.Services");
        string[] rooms =
        [
            "Users", "Graph", "Media", "Posts", "Timelines", "Search", "Notifications", "Community", "Filters", "Push", "WebPush",
            "Storage",
        ];

        foreach (var room in rooms)
            AssertNotNamed(HiddenTypes(services, room), Sources("Roost.Web"), room);
    }

    [Fact]
    public void Every_service_folder_tells_its_requests_in_one_file()
    {
        foreach (var service in new[]
        {
            "Users", "Graph", "Media", "Posts", "Timelines", "Search", "Notifications", "Community", "Filters", "Push",
            "Conversations", "Scheduled", "WebPush", "Collections",
        })
        {
            Assert.True(
                File.Exists(Path.Combine(RepositoryRoot.Source("Roost.Services"), service, service + "Api.cs")),
                service);
        }
    }

    /// <summary>The types of a service's folder other than those of its <c>…Api.cs</c>.</summary>
    private static HashSet<string> HiddenTypes(IEnumerable<SourceFile> sources, string room) =>
        [.. sources.Where(source => source.Room == room && !source.Name.EndsWith("Api.cs", StringComparison.Ordinal))
            .SelectMany(source => TypeDeclaration().Matches(source.Code).Where(m => !m.Groups["private"].Success))
            .Select(match => match.Groups["name"].Value)];

    private static void AssertNotNamed(HashSet<string> hidden, IEnumerable<SourceFile> sources, string room)
    {
        var usesRoom = new Regex($@"using Roost\.Services\.{room}\b");
        var named = sources.Where(source => usesRoom.IsMatch(source.Code))
            .SelectMany(source => Word().Matches(source.Code).Select(m => m.Value).Where(hidden.Contains).Distinct()
                .Where(name => !source.Declares(name) && !(source.IsContract && name.EndsWith("Remote", StringComparison.Ordinal)))
                .Select(name => $"{source.Name} names {room}'s {name}"));

        Assert.Empty(named);
    }

    private static SourceFile[] Sources(string project)
    {
        var root = RepositoryRoot.Source(project);
        return [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => new SourceFile(
                Path.GetRelativePath(root, path), Path.GetRelativePath(root, path).Split(
                    Path.DirectorySeparatorChar)[0],
                CommentOrString().Replace(File.ReadAllText(path), "")))];
    }

    [GeneratedRegex(
        @"(?<private>private )?(sealed |static |readonly |abstract |partial )*"
        + @"(class|record struct|record|struct|enum|interface) (?<name>[A-Z]\w+)")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Word();

    [GeneratedRegex(@"//[^\n]*|""(\\.|[^""\\\n])*""")]
    private static partial Regex CommentOrString();

    private sealed record SourceFile(string Name, string Room, string Code)
    {
        /// <summary>Whether it writes and reads messages; other contracts' are parts of them.</summary>
        public bool IsContract => Name.EndsWith("Remote.g.cs", StringComparison.Ordinal);

        public bool Declares(string type) => TypeDeclaration().Matches(Code).Any(m => m.Groups["name"].Value == type);
    }
}
