using Roost.Rpc;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Composition;

public sealed class NodeTests
{
    [Theory]
    [InlineData("users.db")]
    [InlineData("graph.db")]
    [InlineData("posts")]
    public async Task A_directory_that_lost_a_part_is_refused_until_the_part_is_back(string part)
    {
        await using var network = await TestNetwork.StartAsync(2);
        await network.FollowAsync(1, 2);
        var post = await network.PostAsync(2);

        var refusal = await Assert.ThrowsAsync<ServiceException>(() => network.RestartAsync(
            directory => Directory.Move(Path.Combine(directory, part), Path.Combine(directory, part + ".away"))));
        await network.RestartAsync(
            directory => Directory.Move(Path.Combine(directory, part + ".away"), Path.Combine(directory, part)));

        Assert.Equal(ErrorCode.DataDamaged, refusal.Code);
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        Assert.Equal([post.Id], await network.WholeHomeAsync(1, 20));
    }
}
