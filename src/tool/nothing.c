/* A program that does nothing: `make layers` links each layer to it to prove the order of the
 * house. */
int main(void)
{
	return 0;
}
