using Roost.Rpc;
using Roost.Rpc.Queries;
using Xunit;

namespace Roost.Tests.Rpc.Queries;

public sealed class FetchedTests
{
    [Fact]
    public void Nothing_is_there_by_default()
    {
        var nothing = default(Fetched<string>);

        Assert.True(nothing.IsMissing);
        Assert.False(nothing.TryGet(out _));
        Assert.Equal("other", nothing.ValueOr("other"));
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<ServiceException>(() => nothing.Value).Code);
    }

    [Fact]
    public void A_value_may_be_anything_even_an_exception_or_null()
    {
        var exception = Fetched.Found(new InvalidCastException("kept, not thrown"));
        var nothing = Fetched.Found<string?>(null);

        Assert.True(exception.IsFound);
        Assert.Null(exception.Error);
        Assert.Equal("kept, not thrown", exception.Value.Message);
        Assert.True(nothing.IsFound);
        Assert.Null(nothing.Value);
    }

    [Fact]
    public void An_error_is_thrown_to_who_asks_for_the_value()
    {
        var failed = Fetched.Failed<int>(new InvalidCastException("broken"));

        Assert.False(failed.IsFound || failed.IsMissing);
        Assert.Equal("broken", Assert.Throws<InvalidCastException>(() => failed.Value).Message);
        Assert.Equal(3, failed.ValueOr(3));
        Assert.Equal("failed: broken", failed.ToString());
    }
}
