using Roost.Cli.Serve;
using Roost.Rpc;
using Roost.Rpc.Discovery;
using Roost.Tests.Rpc.Discovery;
using Xunit;

namespace Roost.Tests.Cli;

public sealed class StoreOptionTests
{
    [Fact]
    public void A_store_is_one_file_or_members_of_etcd()
    {
        using var directory = new ClusterDirectory();
        using (var file = ClusterStores.Open(PlaceOptions.StoreOf([directory.Path]), TimeProvider.System))
            Assert.IsType<SqliteClusterStore>(file);
        Assert.True(File.Exists(directory.Path));
        using (var url = ClusterStores.Open(
            PlaceOptions.StoreOf([new Uri(directory.Path).AbsoluteUri]), TimeProvider.System))
        {
            Assert.IsType<SqliteClusterStore>(url);
        }

        var members = PlaceOptions.StoreOf(["http://10.0.0.1:2379,http://10.0.0.2:2379", "http://10.0.0.3:2379"]);

        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], members.Select(member => member.Host));
        using var etcd = ClusterStores.Open(members, TimeProvider.System);
        Assert.IsType<EtcdClusterStore>(etcd);
    }

    [Theory]
    [InlineData("127.0.0.1:2379", "the whole path of a file")]
    [InlineData("cluster.db", "the whole path of a file")]
    [InlineData("file://elsewhere/cluster.db", "the whole path of a file")]
    [InlineData("/run/cluster.db,http://127.0.0.1:2379", "--store is one file, or members of one etcd")]
    [InlineData("/run/a.db,/run/b.db", "--store is one file, or members of one etcd")]
    public void What_is_neither_is_refused_with_what_to_give(string text, string words)
    {
        var refused = Assert.Throws<ServiceException>(() => PlaceOptions.StoreOf([text]));

        Assert.Equal(ErrorCode.Invalid, refused.Code);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }
}
