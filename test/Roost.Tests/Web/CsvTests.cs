using Roost.Web.Settings;
using Xunit;

namespace Roost.Tests.Web;

public sealed class CsvTests
{
    [Fact]
    public void Rows_are_read_with_their_lines_whatever_is_quoted()
    {
        var rows = Csv.Read("\uFEFFa,b\r\n\r\n\"two\nlines, \"\"quoted\"\"\",c\n , \nlast").ToList();

        Assert.Equal([1, 3, 6], rows.Select(row => row.Line));
        Assert.Equal(["a", "b"], rows[0].Fields);
        Assert.Equal(["two\nlines, \"quoted\"", "c"], rows[1].Fields);
        Assert.Equal("last", rows[2][0]);
        Assert.Equal("", rows[2][7]);
    }

    [Fact]
    public void What_is_written_is_what_is_read()
    {
        string[] fields = ["plain", "with, comma", "with \"quotes\"", "two\nlines", ""];

        Assert.Equal(fields, Assert.Single(Csv.Read(Csv.Row(fields))).Fields);
    }
}
