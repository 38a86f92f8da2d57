using System.CommandLine;
using Roost.Cli;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Tests.Check;
using Xunit;

namespace Roost.Tests.Cli;

public sealed class SearchCommandTests : IAsyncLifetime
{
    private SampleData _data = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _data = await SampleData.MakeAsync();

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    [Fact]
    public async Task Posts_that_strangers_may_see_are_written_a_line_each()
    {
        await using (var node = await _data.OpenAsync())
        {
            var ann = new AccountId(1);
            await node.Posts.Create(new CreatePost(ann, "an eclipse\nof the sun"), Call.Until(Ct));
            await node.Posts.Create(
                new CreatePost(ann, "our eclipse", Visibility: Visibility.Followers), Call.Until(Ct));
        }

        var (code, output, _) = await RunAsync("eclipse", "--data", _data.Path);

        Assert.Equal(ExitCode.Done, code);
        Assert.EndsWith("\t@ann\tan eclipse of the sun", Assert.Single(output.TrimEnd().Split('\n')));
    }

    [Fact]
    public async Task A_wrong_query_is_pointed_at()
    {
        var (code, output, error) = await RunAsync("sun has:x", "--data", _data.Path);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Empty(output);
        Assert.EndsWith("^", error.TrimEnd());
        Assert.Contains("At character 9", error);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_not_made()
    {
        var path = _data.File("nothing");

        var (code, _, error) = await RunAsync("sun", "--data", path);

        Assert.NotEqual(ExitCode.Done, code);
        Assert.Contains("nothing", error);
        Assert.False(Directory.Exists(path));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await SearchCommand.Create().Parse(args)
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, Ct);
        return (code, output.ToString(), error.ToString());
    }
}
