using Roost.Cli;
using Roost.Rpc;
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

    private void Write(string json) => File.WriteAllText(Path.Combine(_directory, CommunityFile.Name), json);
}
