using Roost.Cli;
using Roost.Rpc;
using Roost.Tests.Web.Conformance;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Cli;

public sealed class CommunityFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Limits_that_a_community_sets_go_before_the_usual_ones_which_stay_for_the_rest()
    {
        Write("""{ "rate_limits": { "times": 2, "posts": { "requests": 50, "minutes": 60 } } }""");

        var options = CommunityFile.Read(null, _directory)
            .ApplyTo(new WebOptions { PublicUrl = new Uri("http://roost.example") });

        Assert.Equal(
            new RateLimitOptions { Times = 2, Posts = new(50, 60) }, options.RateLimits);
    }

    [Fact]
    public void A_limit_that_is_not_known_is_refused()
    {
        Write("""{ "rate_limits": { "post": { "requests": 50, "minutes": 60 } } }""");

        Assert.Throws<ServiceException>(() => CommunityFile.Read(null, _directory));
    }

    [Fact]
    public void The_documentation_shows_every_member_and_is_read()
    {
        var page = DocumentedFile.Read("docs/community.md").ReplaceLineEndings("\n");
        var start = page.IndexOf("```json\n", StringComparison.Ordinal) + "```json\n".Length;
        Write(page[start..page.IndexOf("```", start, StringComparison.Ordinal)]);

        var file = CommunityFile.Read(null, _directory);

        foreach (var member in typeof(CommunityFile).GetProperties())
            Assert.True(member.GetValue(file) is not null, $"{member.Name} is not shown in docs/community.md.");
        file.ApplyTo(new WebOptions { PublicUrl = new Uri("http://roost.example") }).Validate();
        Assert.Equal(("http://127.0.0.1:5000/", "secret"), (file.Translation().Server?.ToString(), file.Translation().ApiKey));
    }

    [Fact]
    public void A_translator_without_an_address_is_refused()
    {
        Write("""{ "translator": { "url": "localhost:5000" } }""");

        Assert.Contains(
            "localhost:5000", Assert.Throws<ServiceException>(() => CommunityFile.Read(null, _directory).Translation()).Message,
            StringComparison.Ordinal);
    }

    private void Write(string json) => File.WriteAllText(Path.Combine(_directory, CommunityFile.Name), json);
}
