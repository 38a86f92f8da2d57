using Roost.Replay.Loading;
using Roost.Rpc;
using Roost.Scenarios;
using Roost.Services.Posts;
using Xunit;

namespace Roost.Tests.Scenarios;

/// <summary>
/// Every scenario, tiny: it plays to its verdict and passes; and when a node loses, doubles or withholds something
/// behind its back, it finds out. Marks of speed are out of reach of any delay here, for the machine has other things to do.
/// </summary>
[Collection(nameof(ScenarioTests))]
public sealed class ScenarioTests(ITestOutputHelper output)
{
    private const double Slack = 1e9;

    private static readonly Dictionary<string, WantedSizes> _tiny = new()
    {
        ["balse"] = new(Accounts: 200, Posts: 150),
        ["gaga"] = new(Accounts: 2_000, Seconds: 1, PostRate: 100),
        ["duet"] = new(Accounts: 3_000, Posts: 4),
        ["oscar"] = new(Accounts: 300, Seconds: 1, ReadRate: 100),
        ["steady"] = new(Accounts: 200, Seconds: 1, PostRate: 50, ReadRate: 200),
        ["restart"] = new(Accounts: 120, Posts: 1_000, Seconds: 1),
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("balse")]
    [InlineData("gaga")]
    [InlineData("duet")]
    [InlineData("oscar")]
    [InlineData("steady")]
    [InlineData("restart")]
    public async Task A_tiny_one_passes_and_leaves_nothing_behind(string name)
    {
        var directories = ScratchDirectories();

        var report = await RunAsync(name, new Sabotage());

        Tell(report);
        Assert.Equal(Outcome.Passed, report.Verdict.Outcome);
        Assert.True(report.Verdict.Lines.Count(line => line.Judgement == Judgement.Exactly) >= 3, "It checks too little.");
        Assert.NotNull(report.World);
        Assert.Subset(directories, ScratchDirectories());
    }

    [Theory]
    [InlineData("balse")]
    [InlineData("gaga")]
    [InlineData("steady")]
    public async Task A_post_that_is_acknowledged_and_lost_makes_it_wrong(string name)
    {
        var report = await RunAsync(name, new Sabotage { Services = LoseEveryTenth });

        Tell(report);
        Assert.Equal(Outcome.Wrong, report.Verdict.Outcome);
    }

    [Theory]
    [InlineData("balse")]
    [InlineData("gaga")]
    [InlineData("duet")]
    [InlineData("oscar")]
    [InlineData("steady")]
    public async Task A_timeline_with_a_hole_makes_it_wrong(string name)
    {
        var report = await RunAsync(name, new Sabotage { Services = HideOldestOfPages });

        Tell(report);
        Assert.Equal(Outcome.Wrong, report.Verdict.Outcome);
        Assert.Contains(report.Verdict.Lines, line => line is { Name: "timelines_different", Reached: > 0 });
    }

    [Fact]
    public async Task A_log_that_lost_its_end_while_the_node_was_down_does_not_come_back_as_if_nothing_was()
    {
        var sabotage = new Sabotage { WhileDown = CutLog };

        // The node itself refuses: it knows how far it has acknowledged.
        var failure = await Assert.ThrowsAsync<ServiceException>(
            () => RunAsync("restart", sabotage));

        Assert.Equal(ErrorCode.Unavailable, failure.Code);
        Assert.Contains("damaged", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_is_in_use_is_left_alone()
    {
        var directory = Directory.CreateTempSubdirectory("roost-tests-").FullName;
        var file = Path.Combine(directory, "diary.txt");
        await File.WriteAllTextAsync(file, "Dear diary", Ct);

        var failure = await Assert.ThrowsAsync<ServiceException>(() => Run(new Sabotage()).RunAsync(
            Scenario.All[0], new WantedSizes(Accounts: 100), 1, directory, Ct));

        Assert.Equal(ErrorCode.Conflict, failure.Code);
        Assert.Contains("is not empty", failure.Message, StringComparison.Ordinal);
        Assert.Equal("Dear diary", await File.ReadAllTextAsync(file, Ct));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_named_directory_keeps_the_data()
    {
        var directory = Path.Combine(Path.GetTempPath(), $"roost-tests-{Guid.NewGuid():N}");

        await Run(new Sabotage()).RunAsync(Named("balse"), _tiny["balse"], 1, directory, Ct);

        Assert.True(File.Exists(Path.Combine(directory, "users.db")));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task One_that_is_broken_off_leaves_nothing_behind()
    {
        var directories = ScratchDirectories();
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var sabotage = new Sabotage
        {
            Services = services => services with
            {
                Posts = services.Posts with
                {
                    Create = async (request, call) =>
                    {
                        await soon.CancelAsync();
                        return await services.Posts.Create(request, call);
                    },
                },
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Run(sabotage).RunAsync(Named("gaga"), _tiny["gaga"], 1, null, soon.Token));

        Assert.Subset(directories, ScratchDirectories());
    }

    private static Scenario Named(string name) => Scenario.All.Single(scenario => scenario.Name == name);

    private static ScenarioRun Run(Sabotage sabotage) =>
        new(TimeProvider.System, TextWriter.Null, isTerminal: false) { Slack = Slack, Sabotage = sabotage };

    private static Task<ScenarioReport> RunAsync(string name, Sabotage sabotage) =>
        Run(sabotage).RunAsync(Named(name), _tiny[name], seed: 1, data: null, Ct);

    private static HashSet<string> ScratchDirectories() =>
        [.. Directory.GetDirectories(Path.GetTempPath(), ScenarioDirectory.Prefix + "*")];

    private static LoadTarget LoseEveryTenth(LoadTarget services)
    {
        var count = 0;
        return services with
        {
            Posts = services.Posts with
            {
                Create = async (request, call) =>
                {
                    var post = await services.Posts.Create(request, call);
                    if (Interlocked.Increment(ref count) % 10 == 0)
                        await services.Posts.Delete(new DeletePost(post.Author, post.Id), call);
                    return post;
                },
                CreateMany = async (request, call) =>
                {
                    var made = await services.Posts.CreateMany(request, call);
                    foreach (var (one, item) in made.Zip(request.Items))
                    {
                        if (Interlocked.Increment(ref count) % 10 == 0)
                            await services.Posts.Delete(new DeletePost(item.Post!.Author, one.Ref.Id), call);
                    }
                    return made;
                },
            },
        };
    }

    private static LoadTarget HideOldestOfPages(LoadTarget services) => services with
    {
        Timelines = services.Timelines with
        {
            Home = async (request, call) =>
            {
                var page = await services.Timelines.Home(request, call);
                return page.Entries.Count < 2 ? page : page with { Entries = [.. page.Entries.SkipLast(2), page.Entries[^1]] };
            },
        },
    };

    private static void CutLog(string directory)
    {
        var newest = Directory.GetFiles(Path.Combine(directory, PostsService.Folder), "*.log").Order().Last();
        using var file = File.OpenWrite(newest);
        file.SetLength(file.Length / 2);
    }

    private void Tell(ScenarioReport report)
    {
        foreach (var line in report.Verdict.Lines)
            output.WriteLine($"{line.Name} {line.Reached} of {line.Mark}: {report.Verdict.Passes(line)}");
    }
}
