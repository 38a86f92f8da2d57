using System.Globalization;
using System.Text;
using Roost.Web.Rendering;
using Xunit;

namespace Roost.Tests.Web;

public sealed class Utf8BufferTests
{
    [Fact]
    public void Numbers_are_written_as_their_text()
    {
        using var buffer = new Utf8Buffer();
        var expected = new StringBuilder();

        for (long number = -100; number < 12_000; number++)
            Write(number);
        for (long number = 1; number is > 0 and < long.MaxValue / 10; number *= 10)
            Write(number);
        Write(long.MinValue);
        Write(long.MaxValue);

        Assert.Equal(expected.ToString(), Encoding.UTF8.GetString(buffer.Written));

        void Write(long number)
        {
            buffer.WriteNumber(number);
            buffer.Write(" "u8);
            expected.Append(CultureInfo.InvariantCulture, $"{number} ");
        }
    }

    [Fact]
    public void Days_are_written_as_their_text()
    {
        using var buffer = new Utf8Buffer();
        var expected = new StringBuilder();

        for (var day = DateOnly.MinValue; day < DateOnly.MaxValue.AddDays(-97); day = day.AddDays(97))
        {
            buffer.WriteDate(day);
            expected.Append(CultureInfo.InvariantCulture, $"\"{day:yyyy-MM-dd}\"");
        }

        Assert.Equal(expected.ToString(), Encoding.UTF8.GetString(buffer.Written));
    }
}
